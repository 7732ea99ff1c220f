package client

import (
	"errors"
	"net/http"
)

// NewAwsHttpClient would sign requests to Elasticsearch at AWS, which this server is built without.
func NewAwsHttpClient(config ESAWSRequestSigningConfig) (*http.Client, error) {
	if !config.Enabled {
		return nil, nil
	}
	return nil, errors.New("this server is built without AWS")
}

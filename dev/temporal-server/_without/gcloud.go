// Package gcloud is the place of the archive in Google's storage, which this server is built without.
package gcloud

import (
	"errors"

	"go.temporal.io/server/common/archiver"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence"
)

const URIScheme = "gs"

var errWithout = errors.New("this server is built without archives in gs")

func NewHistoryArchiver(
	persistence.ExecutionManager, log.Logger, metrics.Handler, *config.GstorageArchiver,
) (archiver.HistoryArchiver, error) {
	return nil, errWithout
}

func NewVisibilityArchiver(log.Logger, metrics.Handler, *config.GstorageArchiver) (archiver.VisibilityArchiver, error) {
	return nil, errWithout
}

package main

import (
	"bufio"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type given struct {
	Secret, PublicKey, Body string
	Headers                 map[string]string
}

// The library knows v1 alone: v1a as the specification has it.
func isSigned(one given) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one.PublicKey, "whpk_"))
	if err != nil {
		return false
	}
	content := one.Headers["webhook-id"] + "." + one.Headers["webhook-timestamp"] + "." + one.Body
	for _, each := range strings.Split(one.Headers["webhook-signature"], " ") {
		encoded, found := strings.CutPrefix(each, "v1a,")
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if found && err == nil && ed25519.Verify(key, []byte(content), signature) {
			return true
		}
	}
	return false
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one given
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		headers := http.Header{}
		for name, value := range one.Headers {
			headers.Set(name, value)
		}
		webhook, err := webhooks.NewWebhook(one.Secret)
		if err != nil {
			panic(err)
		}
		if webhook.Verify([]byte(one.Body), headers) == nil && isSigned(one) {
			fmt.Println("taken")
		} else {
			fmt.Println("refused")
		}
	}
}

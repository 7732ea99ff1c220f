// Command temporal is a Temporal server with its UI over one SQLite file, for the embedded platform.
// It understands the part of `temporal server start-dev` that the platform uses, so that the official
// command and this one are started by the same code. It exists because the official command cannot be
// installed by the Go toolchain alone.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"go.temporal.io/server/common/headers"
	"go.uber.org/zap/zapcore"

	ui "github.com/temporalio/ui-server/v2/server/version"
)

const usage = `usage: temporal server start-dev [flags], temporal --version

  --ip ADDRESS                    what the server listens on (127.0.0.1)
  --port PORT                     gRPC (7233)
  --ui-ip ADDRESS                 what the UI listens on (as --ip)
  --ui-port PORT                  UI (gRPC's port plus 1000)
  --ui-codec-endpoint URL         the codec server that the UI decodes payloads with
  --headless                      no UI
  --namespace NAME                made if missing; may be repeated ("default" is always there)
  --db-filename FILE              made if missing; without it everything is kept in memory
  --sqlite-pragma NAME=VALUE      may be repeated
  --search-attribute NAME=TYPE    of the namespaces when they are made; may be repeated
  --dynamic-config-value KEY=JSON may be repeated
  --log-level LEVEL               debug, info, warn, error or never (warn)
`

type options struct {
	ip, uiIP, codecEndpoint, databaseFile string
	port, uiPort                          int
	headless                              bool
	namespaces                            []string
	pragmas, searchAttributes             map[string]string
	dynamicConfig                         map[string]any
	logLevel                              zapcore.Level
}

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func command(arguments []string) error {
	if len(arguments) == 1 && (arguments[0] == "--version" || arguments[0] == "-v") {
		fmt.Printf("temporal version 0.0.0-RENT-TO-OWN (Server %s, UI %s)\n", headers.ServerVersion, ui.UIVersion)
		return nil
	}
	if len(arguments) < 2 || arguments[0] != "server" || arguments[1] != "start-dev" {
		return errors.New(usage)
	}
	o, err := parse(arguments[2:])
	if err != nil {
		return err
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	s, err := start(o)
	if err != nil {
		return err
	}
	fmt.Printf("Temporal Server: %s:%d\n", o.ip, o.port)
	if !o.headless {
		fmt.Printf("Temporal UI:     http://%s:%d\n", o.uiIP, o.uiPort)
	}
	select {
	case <-stop:
		s.stop()
		return nil
	case err := <-s.failed:
		s.stop()
		return err
	}
}

// parse reads flags as `--name value` and `--name=value`.
func parse(arguments []string) (*options, error) {
	o := &options{
		ip: "127.0.0.1", port: 7233, namespaces: []string{"default"}, logLevel: zapcore.WarnLevel,
		pragmas: map[string]string{}, searchAttributes: map[string]string{}, dynamicConfig: map[string]any{},
	}
	for len(arguments) > 0 {
		name, value, attached := strings.Cut(arguments[0], "=")
		arguments = arguments[1:]
		if name == "--headless" {
			o.headless = value != "false"
			continue
		}
		if !attached {
			if len(arguments) == 0 {
				return nil, fmt.Errorf("%s needs a value\n\n%s", name, usage)
			}
			value, arguments = arguments[0], arguments[1:]
		}
		if err := o.set(name, value); err != nil {
			return nil, fmt.Errorf("%s %s: %w", name, value, err)
		}
	}
	if o.ip == "localhost" {
		o.ip = "127.0.0.1"
	}
	if o.uiIP == "" {
		o.uiIP = o.ip
	}
	if o.uiPort == 0 {
		o.uiPort = min(o.port+1000, 65535)
	}
	return o, nil
}

func (o *options) set(name, value string) (err error) {
	switch name {
	case "--ip":
		o.ip = value
	case "--port":
		o.port, err = strconv.Atoi(value)
	case "--ui-ip":
		o.uiIP = value
	case "--ui-port":
		o.uiPort, err = strconv.Atoi(value)
	case "--ui-codec-endpoint":
		o.codecEndpoint = value
	case "--namespace":
		o.namespaces = append(o.namespaces, value)
	case "--db-filename":
		o.databaseFile = value
	case "--sqlite-pragma":
		err = pair(o.pragmas, value)
	case "--search-attribute":
		err = pair(o.searchAttributes, value)
	case "--dynamic-config-value":
		err = o.setDynamicConfig(value)
	case "--log-level":
		if value == "never" {
			o.logLevel = zapcore.InvalidLevel
		} else {
			err = o.logLevel.UnmarshalText([]byte(value))
		}
	default:
		err = errors.New("no such flag\n\n" + usage)
	}
	return err
}

// setDynamicConfig takes KEY=JSON. The server wants whole numbers as int, not as float64.
func (o *options) setDynamicConfig(text string) error {
	raw := map[string]string{}
	if err := pair(raw, text); err != nil {
		return err
	}
	for key, value := range raw {
		var decoded any
		if err := json.Unmarshal([]byte(value), &decoded); err != nil {
			return err
		}
		if whole, err := strconv.Atoi(value); err == nil {
			decoded = whole
		}
		o.dynamicConfig[key] = decoded
	}
	return nil
}

func pair(into map[string]string, text string) error {
	key, value, found := strings.Cut(text, "=")
	if !found || key == "" {
		return errors.New("must be NAME=VALUE")
	}
	into[key] = value
	return nil
}

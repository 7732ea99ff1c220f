package main

import (
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	schema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention is how long a closed workflow's history is kept: long enough to ask about last month's.
const retention = 30 * 24 * time.Hour

// prepareStore makes what is missing: the schema and the namespaces.
func prepareStore(o *options) (*config.SQL, error) {
	store := &config.SQL{PluginName: sqlite.PluginName}
	if o.databaseFile == "" {
		store.DatabaseName = strconv.Itoa(os.Getpid())
		store.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
	} else {
		if err := prepareFile(o.databaseFile); err != nil {
			return nil, err
		}
		store.DatabaseName = o.databaseFile
		store.ConnectAttributes = map[string]string{"mode": "rwc"}
	}
	maps.Copy(store.ConnectAttributes, o.pragmas)

	attributes := map[string]enums.IndexedValueType{}
	for name, text := range o.searchAttributes {
		kind, err := indexedValueType(text)
		if err != nil {
			return nil, err
		}
		attributes[name] = kind
	}
	for _, name := range o.namespaces {
		namespace, err := schema.NewNamespaceConfig(clusterName, name, false, attributes)
		if err != nil {
			return nil, err
		}
		namespace.Detail.Config.Retention = durationpb.New(retention)
		if err := schema.CreateNamespaces(store, namespace); err != nil {
			return nil, err
		}
	}
	return store, nil
}

// prepareFile lays the schema into a file beside it and renames that: a kill in between leaves no
// database that looks complete.
func prepareFile(name string) error {
	if fileExists(name) {
		return nil
	}
	unfinished := name + ".unfinished"
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(unfinished + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	err := schema.SetupSchema(&config.SQL{
		PluginName: sqlite.PluginName, DatabaseName: unfinished,
		// Nothing is lost by not waiting for the disk: until the rename the file does not count.
		ConnectAttributes: map[string]string{"mode": "rwc", "synchronous": "off", "journal_mode": "memory"},
	})
	if err != nil {
		return err
	}
	if err := flush(unfinished); err != nil {
		return err
	}
	return os.Rename(unfinished, name)
}

func flush(name string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return file.Sync()
}

func indexedValueType(text string) (enums.IndexedValueType, error) {
	for name, number := range enums.IndexedValueType_shorthandValue {
		if strings.EqualFold(name, text) {
			return enums.IndexedValueType(number), nil
		}
	}
	return 0, fmt.Errorf("%q is no type of a search attribute", text)
}

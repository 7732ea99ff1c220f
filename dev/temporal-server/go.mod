module rent-to-own/dev/temporal-server

go 1.26.8

require (
	github.com/temporalio/ui-server/v2 v2.55.0
	go.temporal.io/server v1.32.1
)

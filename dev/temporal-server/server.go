package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	clusterName = "active"
	storeName   = "sqlite"
)

type server struct {
	temporal temporal.Server
	ui       *uiserver.Server
	level    zap.AtomicLevel
	// failed receives why the UI ended by itself.
	failed chan error
}

// start answers when the server takes requests; the UI follows at once.
func start(o *options) (*server, error) {
	if err := free(o.ip, o.port); err != nil {
		return nil, err
	}
	if !o.headless {
		if err := free(o.uiIP, o.uiPort); err != nil {
			return nil, err
		}
	}
	store, err := prepareStore(o)
	if err != nil {
		return nil, err
	}
	s := &server{level: zap.NewAtomicLevelAt(o.logLevel), failed: make(chan error, 1)}
	logger, err := zap.Config{
		Level: s.level, Encoding: "console", EncoderConfig: log.DefaultZapEncoderConfig,
		OutputPaths: []string{"stderr"}, ErrorOutputPaths: []string{"stderr"}, DisableStacktrace: true, DisableCaller: true,
	}.Build()
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(o.ip, 3)
	if err != nil {
		return nil, err
	}
	s.temporal, err = temporal.NewServer(
		temporal.WithConfig(serverConfig(o, store, ports)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: host(o.ip, o.port),
			primitives.HistoryService:  host(o.ip, ports[0]),
			primitives.MatchingService: host(o.ip, ports[1]),
			primitives.WorkerService:   host(o.ip, ports[2]),
		}),
		temporal.WithLogger(log.NewZapLogger(logger)),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
		temporal.WithDynamicConfigClient(dynamicConfig(o)),
	)
	if err != nil {
		return nil, err
	}
	if err := s.temporal.Start(); err != nil {
		return nil, err
	}
	if !o.headless {
		s.startUI(o)
	}
	return s, nil
}

func (s *server) startUI(o *options) {
	s.ui = uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host: literal(o.uiIP), Port: o.uiPort, TemporalGRPCAddress: net.JoinHostPort(o.ip, strconv.Itoa(o.port)),
		EnableUI: true, HideLogs: true, DisableNewsFetch: true,
		// The codec server knows its people by a cookie, and is itself where they get it.
		Codec: uiconfig.Codec{
			Endpoint: o.codecEndpoint, IncludeCredentials: true, DefaultErrorLink: o.codecEndpoint,
			DefaultErrorMessage: "Payloads are encrypted. Log in as staff to read them, then reload this page:",
		},
		CORS: uiconfig.CORS{CookieInsecure: true},
	}))
	go func() {
		if err := s.ui.Start(); err != nil {
			s.failed <- fmt.Errorf("the UI ended: %w", err)
		}
	}()
}

// stop ends the UI first, so that nobody looks at a server that is half gone.
func (s *server) stop() {
	// Going down, the services report one another's absence; that is of no use to anybody.
	s.level.SetLevel(zapcore.FatalLevel)
	if s.ui != nil {
		s.ui.Stop()
	}
	_ = s.temporal.Stop()
}

func serverConfig(o *options, store *config.SQL, ports []int) *config.Config {
	frontend := net.JoinHostPort(o.ip, strconv.Itoa(o.port))
	service := func(port int) config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: o.ip}}
	}
	c := &config.Config{
		Persistence: config.Persistence{
			DefaultStore: storeName, VisibilityStore: storeName, NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{storeName: {SQL: store}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend, ClusterID: primitives.NewUUID().String(),
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			"frontend": service(o.port), "history": service(ports[0]), "matching": service(ports[1]), "worker": service(ports[2]),
		},
		PublicClient: config.PublicClient{HostPort: frontend},
	}
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: o.ip}
	c.Archival.History.State = "disabled"
	c.Archival.Visibility.State = "disabled"
	c.NamespaceDefaults.Archival.History.State = "disabled"
	c.NamespaceDefaults.Archival.Visibility.State = "disabled"
	return c
}

// dynamicConfig gives one developer's machine room to work; what the flags say goes before it.
func dynamicConfig(o *options) dynamicconfig.StaticClient {
	values := dynamicconfig.StaticClient{
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():                 8192,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		// A search attribute or an endpoint is there as soon as it was added, at the price of more reads.
		dynamicconfig.MakeKey("system.forceSearchAttributesCacheRefreshOnRead"): true,
		dynamicconfig.MakeKey("system.forceNexusEndpointRefreshOnRead"):         true,
		dynamicconfig.MakeKey("frontend.persistenceMaxQPS"):                     10_000,
		dynamicconfig.MakeKey("history.persistenceMaxQPS"):                      45_000,
	}
	for key, value := range o.dynamicConfig {
		values[dynamicconfig.MakeKey(key)] = value
	}
	return values
}

func host(ip string, port int) static.Hosts {
	if net.ParseIP(ip).IsUnspecified() {
		ip = "127.0.0.1"
	}
	return static.SingleLocalHost(net.JoinHostPort(ip, strconv.Itoa(port)))
}

func free(ip string, port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("port %d cannot be used: %w", port, err)
	}
	return listener.Close()
}

// freePorts holds all of them until the last is found, so that no two are the same.
func freePorts(ip string, count int) (ports []int, err error) {
	for range count {
		listener, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		address, ok := listener.Addr().(*net.TCPAddr)
		if !ok {
			return nil, errors.New("the listener has no TCP address")
		}
		ports = append(ports, address.Port)
	}
	return ports, nil
}

func literal(ip string) string {
	if parsed := net.ParseIP(ip); parsed != nil && parsed.To4() == nil {
		return "[" + ip + "]"
	}
	return ip
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

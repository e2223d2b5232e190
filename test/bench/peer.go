package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/larksuite/oapi-sdk-go/v3/core/httpserverext"
	larkevent "github.com/larksuite/oapi-sdk-go/v3/event"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"
	"github.com/redis/go-redis/v9"

	"recallbot/app"
	"recallbot/store"
)

// Both servers get the same keys and the same Redis, through the environment.
const (
	addrVariable     = "BENCH_ADDR"
	redisVariable    = "BENCH_REDIS"
	platformVariable = "BENCH_PLATFORM"
	profileVariable  = "BENCH_PROFILE" // set from outside: where the servers write their CPU profiles
	benchKey         = "bench-encrypt-key"
	benchToken       = "bench-token"
	benchApp         = "cli_00000000000000be"
)

func serveRole(ctx context.Context, role string) error {
	if path := os.Getenv(profileVariable); path != "" {
		file, err := os.Create(fmt.Sprintf("%s.%s.%d", path, role, os.Getpid())) //nolint:gosec // the operator's own path
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	switch role {
	case "peer":
		return servePeer(ctx)
	case "disturbed":
		return serveOurs(ctx, io.Discard, func(c *app.Config) { c.Feishu.CallTimeout = 30 * time.Second })
	case "growing":
		return serveOurs(ctx, io.Discard, func(c *app.Config) { c.Store.IndexCap = growthCap })
	default:
		return serveOurs(ctx, os.Stderr, func(*app.Config) {})
	}
}

// servePeer runs the peer: a bot as in the SDK's documentation, with Gin, its usual middleware, the SDK's event dispatcher, and
// one ZADD per message before the answer. It neither deduplicates events nor queues commands.
func servePeer(ctx context.Context) error {
	rdb := redis.NewClient(&redis.Options{Addr: os.Getenv(redisVariable)})
	events := dispatcher.NewEventDispatcher(benchToken, benchKey).OnP2MessageReceiveV1(
		func(ctx context.Context, e *larkim.P2MessageReceiveV1) error {
			ms, err := strconv.ParseFloat(*e.Event.Message.CreateTime, 64)
			if err != nil {
				return err
			}
			return rdb.ZAdd(ctx, "chat:"+*e.Event.Message.ChatId, redis.Z{Score: ms, Member: *e.Event.Message.MessageId}).Err()
		})
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(gin.LoggerWithWriter(devNull{}), gin.Recovery())
	handler := httpserverext.NewEventHandlerFunc(events, larkevent.WithLogLevel(3))
	engine.POST("/webhook/event", func(c *gin.Context) { handler(c.Writer, c.Request) })
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", os.Getenv(addrVariable))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: engine, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type devNull struct{}

func (devNull) Write(p []byte) (int, error) { return len(p), nil }

// serveOurs runs the whole bot as `recallbot serve` does, with the default configuration but for what change does.
func serveOurs(ctx context.Context, log io.Writer, change func(*app.Config)) error {
	debug.SetGCPercent(400)
	config := app.Defaults()
	config.Server.Listen = os.Getenv(addrVariable)
	config.Feishu.BaseURL = os.Getenv(platformVariable)
	config.Feishu.AppID, config.Feishu.AppSecret = benchApp, "bench-secret"
	config.Feishu.VerificationToken, config.Feishu.EncryptKey = benchToken, benchKey
	config.Redis.URL = store.URL("redis://" + os.Getenv(redisVariable))
	config.Log = app.LogConfig{Level: "error"}
	if err := config.Validate(); err != nil {
		return err
	}
	change(&config)
	running, err := app.New(ctx, config, nil, app.NewLogger(log, config.Log))
	if err != nil {
		return err
	}
	return running.Run(ctx)
}

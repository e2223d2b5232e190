package main

import (
	"context"
	"net/http/httptest"

	"recallbot/sandbox"
)

// testbed is the Redis and the sandbox of the servers under load.
type testbed struct {
	server   *redisServer
	platform *sandbox.Feishu
	feishu   *httptest.Server
}

func newTestbed(ctx context.Context) (*testbed, error) {
	platform, err := sandbox.New(sandbox.Config{AppID: benchApp, AppSecret: "bench-secret", EncryptKey: benchKey, VerificationToken: benchToken})
	if err != nil {
		return nil, err
	}
	server, err := startRedis(ctx)
	if err != nil {
		platform.Close()
		return nil, err
	}
	return &testbed{server, platform, httptest.NewServer(platform.Handler())}, nil
}

func (g *testbed) close() {
	g.feishu.Close()
	g.platform.Close()
	_ = g.server.close() // a temporary directory
}

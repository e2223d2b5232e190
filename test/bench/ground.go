package main

import (
	"context"
	"net/http/httptest"

	"recallbot/sandbox"
)

// ground is what servers under load stand on: a Redis of their own, and a Feishu.
type ground struct {
	server   *redisServer
	platform *sandbox.Feishu
	wire     *httptest.Server
}

func newGround(ctx context.Context) (*ground, error) {
	platform, err := sandbox.New(sandbox.Config{AppID: benchApp, AppSecret: "bench-secret"})
	if err != nil {
		return nil, err
	}
	server, err := startRedis(ctx)
	if err != nil {
		platform.Close()
		return nil, err
	}
	return &ground{server, platform, httptest.NewServer(platform.Handler())}, nil
}

func (g *ground) close() {
	g.wire.Close()
	g.platform.Close()
	_ = g.server.close() // a temporary directory
}

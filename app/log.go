package app

import (
	"context"
	"io"
	"log/slog"
)

// NewLogger writes JSON lines. Each line has the attributes that withAttrs put on its context.
func NewLogger(w io.Writer, config LogConfig) *slog.Logger {
	level := new(slog.LevelVar)
	log := slog.New(contextHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}), level})
	setLevel(log, config)
	return log
}

// setLevel changes the level of a logger of NewLogger, and of all loggers that were derived from it. It leaves other loggers alone.
func setLevel(log *slog.Logger, config LogConfig) {
	level, err := config.level()
	if handler, ours := log.Handler().(contextHandler); ours && err == nil {
		handler.level.Set(level)
	}
}

type attrsKey struct{}

// withAttrs adds attributes to every line that is logged with the context.
func withAttrs(ctx context.Context, attrs ...slog.Attr) context.Context {
	return context.WithValue(ctx, attrsKey{}, attrs)
}

type contextHandler struct {
	slog.Handler

	level *slog.LevelVar
}

func (h contextHandler) Handle(ctx context.Context, record slog.Record) error {
	if attrs, ok := ctx.Value(attrsKey{}).([]slog.Attr); ok {
		record.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, record)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs), h.level}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name), h.level}
}

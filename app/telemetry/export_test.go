package telemetry

import "context"

// Flush sends what there is.
func (t *Tracer) Flush(ctx context.Context) error { return t.provider.ForceFlush(ctx) }

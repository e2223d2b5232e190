// Package browsertest drives pages in a real, headless Chromium, for tests. A missing Chromium fails the test.
package browsertest

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// waitTimeout is the timeout of all waits. It is long, as the machine may be busy.
const waitTimeout = 60 * time.Second

// Browser is a running Chromium. It ends with the test that started it.
type Browser struct{ ctx context.Context } //nolint:containedctx // to chromedp this context is the browser

// Start starts a browser that speaks English, with windows of 1440 by 900.
func Start(tb testing.TB) *Browser {
	tb.Helper()
	path := findChromium(tb)
	// Not the test's context: it ends before the cleanups, and closing the browser needs a live one.
	ctx, cancel := chromedp.NewContext(context.WithoutCancel(tb.Context()), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"), chromedp.Flag("accept-lang", "en-US"),
	))
	tb.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			tb.Errorf("close the browser: %v", err)
		}
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("start %s: %v", path, err)
	}
	return &Browser{ctx}
}

func findChromium(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	tb.Fatal("no Chromium on PATH: the page tests need one (Debian: apt-get install chromium; macOS: brew install --cask chromium)")
	return ""
}

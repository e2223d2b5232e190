package browsertest

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed axe/package.json axe/package-lock.json
var axePackage embed.FS

// Axe is the script of axe-core, which checks the accessibility of a page.
type Axe struct{ script string }

// InstallAxe installs the pinned axe-core into a directory of the test.
func InstallAxe(tb testing.TB) Axe {
	tb.Helper()
	dir := tb.TempDir()
	if err := os.CopyFS(dir, axePackage); err != nil {
		tb.Fatal(err)
	}
	dir = filepath.Join(dir, "axe")
	npm := exec.CommandContext(tb.Context(), "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		tb.Fatalf("npm ci: %v\n%s", err, out)
	}
	script, err := fs.ReadFile(os.DirFS(dir), "node_modules/axe-core/axe.min.js")
	if err != nil {
		tb.Fatal(err)
	}
	return Axe{string(script)}
}

// Violation is a rule that elements of the page break.
type Violation struct {
	Rule   string   `json:"rule"`
	Impact string   `json:"impact"` // minor, moderate, serious or critical
	Nodes  []string `json:"nodes"`  // what is wrong with each element
}

func (v Violation) String() string {
	return fmt.Sprintf("%s (%s), %d times, as %s", v.Rule, v.Impact, len(v.Nodes), v.Nodes[0])
}

const runAxe = `axe.run().then(({ violations }) => JSON.stringify(violations.map((v) => ({
	rule: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary.replace(/\s+/g, " ")),
}))))`

// CheckAccessible reports what axe-core finds serious or critical on the page as it is now.
func (p *Page) CheckAccessible(axe Axe, state string) {
	p.tb.Helper()
	for _, v := range p.Violations(axe) {
		if v.Impact == "serious" || v.Impact == "critical" {
			p.tb.Errorf("%s: %s", state, v)
		}
	}
}

// Violations returns what axe-core finds on the page as it is now.
func (p *Page) Violations(axe Axe) []Violation {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, waitTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axe.script+";0")); err != nil {
		p.tb.Fatalf("load axe: %v", err)
	}
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, func(in *runtime.EvaluateParams) { in.AwaitPromise = new(true) }))
	if err != nil {
		p.tb.Fatalf("run axe: %v", err)
	}
	var found []Violation
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		p.tb.Fatal(err)
	}
	return found
}

// Dark selects dark colours, or light ones, and no animations.
func (p *Page) Dark(on bool) {
	p.tb.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			},
		})
		return err
	}))
}

package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// The picture of the growth curves: sizes on a logarithmic axis, values relative to that of the smallest size.
const (
	pictureWidth, pictureHeight = 860, 420
	plotLeft, plotTop           = 60, 30
	plotWidth, plotHeight       = 500, 330
	maxDecades, maxRelative     = 7, 2
)

// drawGrowth returns the curves as SVG, with the band within which a value counts as steady.
func drawGrowth(all []*series) []byte {
	x := func(size int) float64 { return plotLeft + math.Log10(float64(size))/maxDecades*plotWidth }
	y := func(relative float64) float64 {
		return plotTop + plotHeight - math.Min(relative, maxRelative)/maxRelative*plotHeight
	}
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`, pictureWidth, pictureHeight)
	p(`<title>Growth: times relative to those at the smallest size</title><rect width="100%%" height="100%%" fill="#fff"/>`)
	p(`<rect x="%d" y="%.0f" width="%d" height="%.0f" fill="#e8f3ec"/>`, plotLeft, y(1+growthSteady), plotWidth, y(1-growthSteady)-y(1+growthSteady))
	for decade := range maxDecades + 1 {
		at := x(int(math.Pow10(decade)))
		p(`<path d="M%.0f %d v%d" stroke="#ddd"/><text x="%.0f" y="%d" text-anchor="middle" fill="#333">%s</text>`,
			at, plotTop, plotHeight, at, plotTop+plotHeight+18, []string{"1", "10", "100", "1 k", "10 k", "100 k", "1 M", "10 M"}[decade])
	}
	for _, relative := range []float64{0, 0.5, 1, 1.5, 2} {
		p(`<path d="M%d %.0f h%d" stroke="#ddd"/><text x="%d" y="%.0f" text-anchor="end" fill="#333">%g</text>`,
			plotLeft, y(relative), plotWidth, plotLeft-8, y(relative)+4, relative)
	}
	p(`<text x="%d" y="%d" text-anchor="middle" fill="#333">messages, chats or records</text>`, plotLeft+plotWidth/2, plotTop+plotHeight+38)
	p(`<text x="%d" y="%d" fill="#333">time, relative to the smallest size; green: within 20 %%</text>`, plotLeft, plotTop-10)
	colors := []string{"#1f6feb", "#d1242f", "#1a7f37", "#0a3069", "#82071e", "#044f1e", "#8250df"}
	drawn := 0
	for _, s := range all {
		for i, name := range s.names {
			color, legend, last := colors[drawn%len(colors)], plotTop+20+22*drawn, 0.0
			drawn++
			var points []string
			for n, size := range s.sizes {
				last = middle(s.points[n].ratios(i))
				points = append(points, fmt.Sprintf("%.1f %.1f", x(size), y(last)))
				p(`<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, x(size), y(last), color)
			}
			p(`<path d="M%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(points, " L"), color)
			p(`<path d="M%d %d h24" stroke="%s" stroke-width="2"/><text x="%d" y="%d" fill="#333">%s, by %s: %.2f</text>`,
				plotLeft+plotWidth+20, legend-4, color, plotLeft+plotWidth+52, legend, name, s.by, last)
		}
	}
	p(`</svg>`)
	return b.Bytes()
}

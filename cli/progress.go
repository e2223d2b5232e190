package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	// barCells is how many blocks a bar has, barSteps in how many lines its way is told where no terminal shows it.
	barCells = 24
	barSteps = 10
)

// bar shows how far something is: on a terminal in one line that changes, elsewhere in a line for each tenth.
type bar struct {
	out    io.Writer
	person bool
	name   string
	// step is the last tenth that was told, width how long the line was.
	step, width int
}

func (t *Terminal) bar(name string) *bar {
	return &bar{out: t.Side, person: t.Person, name: name, step: -1}
}

// show tells that done of total is through, and how long the rest takes; zero is not known.
func (b *bar) show(done, total int, left time.Duration) {
	if total <= 0 {
		return
	}
	done = min(max(done, 0), total)
	text := fmt.Sprintf("%d of %d", done, total)
	if left > 0 && done < total {
		text += fmt.Sprintf(", %s left", left)
	}
	if !b.person {
		if step := done * barSteps / total; step > b.step {
			b.step = step
			fmt.Fprintf(b.out, "%s: %s\n", b.name, text)
		}
		return
	}
	full := done * barCells / total
	line := fmt.Sprintf("%s %s%s %s", b.name, strings.Repeat("▰", full), strings.Repeat("▱", barCells-full), text)
	width := len([]rune(line))
	fmt.Fprintf(b.out, "\r%s%s", line, strings.Repeat(" ", max(b.width-width, 0)))
	b.width = width
}

// close ends the line.
func (b *bar) close() {
	if b.person && b.width > 0 {
		fmt.Fprintln(b.out)
	}
}

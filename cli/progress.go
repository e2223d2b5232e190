package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"recallbot/bot"
)

const (
	// barCells is the width of the bar; barLines is the number of lines that are printed instead if there is no terminal.
	barCells = 24
	barLines = 10
)

// progressBar shows progress: on a terminal in one line that changes, elsewhere in a new line per tenth.
type progressBar struct {
	out         io.Writer
	interactive bool
	name        string
	// step is the last tenth that was printed; width is the length of the last line.
	step, width int
}

func (t *Terminal) newProgressBar(name string) *progressBar {
	return &progressBar{out: t.ErrOut, interactive: t.Interactive, name: name, step: -1}
}

// update shows that done of total are finished, and the time left; zero is unknown.
func (b *progressBar) update(done, total int, left time.Duration) {
	if total <= 0 {
		return
	}
	done = min(max(done, 0), total)
	text := fmt.Sprintf("%d of %d", done, total)
	if left > 0 && done < total {
		text += fmt.Sprintf(", %s left", bot.ShortDuration(left))
	}
	if !b.interactive {
		if step := done * barLines / total; step > b.step {
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
func (b *progressBar) close() {
	if b.interactive && b.width > 0 {
		fmt.Fprintln(b.out)
	}
}

package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"recallbot/bot"
	"recallbot/store"
)

const (
	// mostBreaks is how many breaks of a chain are printed.
	mostBreaks = 20
	// longestLine is far more than a record takes.
	longestLine = 1 << 20
)

// Verify looks whether the records in Redis are all there and as they were made, prints what it finds, and reports whether
// nothing was done to them.
func (t *Tools) Verify(ctx context.Context) (bool, error) {
	audit := store.NewAudit(t.store)
	// Records come and the cap takes some while we look: the oldest must be there afterwards, the newest before.
	before, err := audit.Ends(ctx)
	if err != nil {
		return false, err
	}
	chain := bot.NewChain(t.sealer)
	err = audit.Walk(ctx, func(r store.AuditRecord) error {
		chain.Add(r.JSON, "entry "+r.ID)
		return nil
	})
	if err != nil {
		return false, err
	}
	after, err := audit.Ends(ctx)
	if err != nil {
		return false, err
	}
	report := chain.Report(after.First, before.Last)
	ok := printChain(t.out, report)
	return ok && len(report.Unreadable) == 0, nil
}

// VerifyFiles is Verify for files of JSON lines, all together: the replicas of a bot may have written one each.
func VerifyFiles(config Config, files []string, out io.Writer) (bool, error) {
	if err := config.Store.Validate(); err != nil {
		return false, err
	}
	chain := bot.NewChain(config.Store.Sealer())
	for _, path := range files {
		if err := readChain(chain, path); err != nil {
			return false, bot.Errorf(bot.Invalid, "verify %s: %w", path, err)
		}
	}
	report := chain.Report(0, 0)
	ok := printChain(out, report)
	return ok && (report.Records > 0 || len(report.Unreadable) == 0), nil
}

func readChain(chain *bot.Chain, path string) error {
	file, err := os.Open(path) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, longestLine)
	for n := 1; lines.Scan(); n++ {
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			chain.Add(line, path+":"+strconv.Itoa(n))
		}
	}
	return errors.Join(lines.Err(), file.Close())
}

// printChain says what was found, and reports whether the chain holds.
func printChain(out io.Writer, r bot.ChainReport) bool {
	if r.Older > 0 {
		fmt.Fprintf(out, "%d records are older than the chain and can't be checked\n", r.Older)
	}
	for i, where := range r.Unreadable {
		if i == mostBreaks {
			fmt.Fprintf(out, "and %d more\n", len(r.Unreadable)-i)
			break
		}
		fmt.Fprintf(out, "%s: no record can be read there\n", where)
	}
	if len(r.Breaks) == 0 {
		if r.Records == 0 {
			fmt.Fprintln(out, "no records")
		} else {
			fmt.Fprintf(out, "%d records, %d to %d: none is missing, none was changed\n", r.Records, r.First, r.Last)
		}
		return true
	}
	fmt.Fprintf(out, "%d records, %d to %d: the chain is broken, first at:\n", r.Records, r.First, r.Last)
	for i, b := range r.Breaks {
		if i == mostBreaks {
			fmt.Fprintf(out, "and %d more\n", len(r.Breaks)-i)
			break
		}
		fmt.Fprintln(out, breakText(b))
	}
	return false
}

func breakText(b bot.Break) string {
	text := "record " + strconv.FormatInt(b.From, 10)
	if b.Where != "" {
		text += " (" + b.Where + ")"
	}
	switch b.Flaw {
	case bot.FlawChanged:
		return text + " was changed, or sealed with a key that is not store.audit_key"
	case bot.FlawMissing:
		if b.To > b.From {
			return fmt.Sprintf("records %d to %d are missing", b.From, b.To)
		}
		return text + " is missing"
	case bot.FlawUnlinked:
		return text + " does not follow the one before it: one of them was made anew"
	case bot.FlawTwice:
		return text + " stands there twice, with different words"
	case bot.FlawUnsealed:
		return text + " is sealed without the key"
	default:
		return "an entry without a number (" + b.Where + ") stands behind those that have one"
	}
}

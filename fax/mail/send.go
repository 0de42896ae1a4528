package mail

import (
	"bufio"
	"errors"
	"net/textproto"
	"strconv"
	"strings"

	"faxbox/fax"
)

// send runs transactions until one has come to its end: a letter that is too large is sent once more without its file.
func (s *session) send(l Letter, to []string) ([]fax.Delivery, error) {
	if limit := s.limit(); limit > 0 && l.File != nil {
		size, err := l.size()
		if err != nil {
			return undelivered(to, err), err
		}
		if size > limit {
			l = l.withoutFile()
		}
	}
	list, err := s.transaction(l, to)
	if f, ok := errors.AsType[*Failure](err); ok && f.tooLarge() && l.File != nil {
		if err := s.client.Reset(); err != nil {
			return undelivered(to, err), failure(Content, s.account, err)
		}
		return s.transaction(l.withoutFile(), to)
	}
	return list, err
}

// limit is how large a letter the server takes, in octets (RFC 1870); 0: it does not say.
func (s *session) limit() int64 {
	_, text := s.client.Extension("SIZE")
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// transaction sends the letter once: MAIL, RCPT for each address, DATA.
func (s *session) transaction(l Letter, to []string) ([]fax.Delivery, error) {
	if err := s.client.Mail("<" + s.account.From + ">"); err != nil {
		err := failure(Sender, s.account, err)
		return undelivered(to, err), err
	}
	list := make([]fax.Delivery, 0, len(to))
	var first error
	taken := 0
	for _, address := range to {
		d := fax.Delivery{Address: address}
		if err := s.client.Rcpt("<" + address + ">"); err != nil {
			f := failure(Recipient, s.account, err)
			f.Sentence += " " + address
			d.Problem, d.GivenUp = f.Error(), f.Final()
			first = moreTelling(first, f)
			if !f.answered() {
				return undelivered(to, f), f
			}
		} else {
			taken++
		}
		list = append(list, d)
	}
	if taken == 0 {
		return list, first
	}
	if err := s.data(l); err != nil {
		for i := range list {
			if list[i].Problem == "" {
				list[i].Problem, list[i].GivenUp = err.Error(), err.Final()
			}
		}
		return list, err
	}
	for i := range list {
		list[i].Done = list[i].Problem == ""
	}
	return list, first
}

// data sends the letter itself.
func (s *session) data(l Letter) *Failure {
	w, err := s.client.Data()
	if err != nil {
		return failure(Content, s.account, err)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := errors.Join(l.write(out), out.Flush()); err != nil {
		s.conn.Close() // without its end the server throws away what it has
		return failure(Content, s.account, err)
	}
	if err := w.Close(); err != nil {
		f := failure(Content, s.account, err)
		f.Unclear = !f.answered()
		return f
	}
	return nil
}

// undelivered says the same of every address.
func undelivered(to []string, err error) []fax.Delivery {
	list := make([]fax.Delivery, len(to))
	for i, address := range to {
		list[i] = fax.Delivery{Address: address, Problem: err.Error()}
		if f, ok := errors.AsType[*Failure](err); ok {
			list[i].GivenUp = f.Final()
		}
	}
	return list
}

// moreTelling is the error that is worth being told: the first that passes, for that decides whether it is tried again, else
// the first.
func moreTelling(a error, b *Failure) error {
	if f, ok := errors.AsType[*Failure](a); ok && (!f.Final() || b.Final()) {
		return a
	}
	return b
}

// size is how many octets a letter has on the line.
func (l Letter) size() (int64, error) {
	var n counter
	err := l.write(&n)
	return int64(n), err
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// words are the words of a line, in capitals.
func words(line string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(line) {
		set[strings.ToUpper(w)] = true
	}
	return set
}

// replyOf is the answer of the server in an error, if it is one.
func replyOf(err error) (code int, text string, ok bool) {
	if reply, is := errors.AsType[*textproto.Error](err); is {
		return reply.Code, reply.Msg, true
	}
	return 0, "", false
}

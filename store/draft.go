package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// Draft is a document being submitted: its pages are written here one by one, and Submit makes jobs of them, as often as
// wanted. Its methods are for one goroutine. Every draft is closed.
type Draft struct {
	s      *Store
	dir    string
	pages  sheets
	covers sheets // of all jobs, one job's after another's
	front  []int  // how many of them each job has
}

// coversName is the file with the cover pages of a draft.
const coversName = "covers.tif"

// Draft begins a document. It fails with ErrFull while there is still some room, which is kept for faxes that come in.
func (s *Store) Draft() (*Draft, error) {
	if err := errors.Join(s.writable(), s.room(0)); err != nil {
		return nil, err
	}
	d := &Draft{s: s, dir: s.path(unfinishedDir, fmt.Sprintf("draft-%d", s.drafts.next()))}
	d.pages.path, d.covers.path = filepath.Join(d.dir, pagesName), filepath.Join(d.dir, coversName)
	if err := d.begin(); err != nil {
		return nil, fmt.Errorf("beginning a document: %w", errors.Join(err, d.Close()))
	}
	return d, nil
}

func (d *Draft) begin() error {
	if err := removeAll(d.s.disk, d.dir); err != nil { // a draft whose Close failed
		return err
	}
	return d.s.disk.MakeDir(d.dir)
}

// Append adds a page that all jobs have.
func (d *Draft) Append(p tiff.Coded) error { return d.pages.append(d.s.disk, p) }

// AppendCover adds a page to those that go before the others for one job alone, jobs counted from 0. The pages of a job
// come before those of the next.
func (d *Draft) AppendCover(job int, p tiff.Coded) error {
	if job < len(d.front)-1 {
		return fmt.Errorf("a cover page for job %d after those of job %d", job, len(d.front)-1)
	}
	if err := d.covers.append(d.s.disk, p); err != nil {
		return err
	}
	for len(d.front) <= job {
		d.front = append(d.front, 0)
	}
	d.front[job]++
	return nil
}

// Pages is how many pages a job will have, jobs counted from 0.
func (d *Draft) Pages(job int) int { return d.frontOf(job) + d.pages.count() }

// Size is how many octets the draft takes on the disk.
func (d *Draft) Size() (int64, error) {
	a, err := d.pages.size()
	b, errB := d.covers.size()
	return a + b, errors.Join(err, errB)
}

// before is how many cover pages jobs before this one have.
func (d *Draft) before(job int) (sum int) {
	for _, n := range d.front[:min(job, len(d.front))] {
		sum += n
	}
	return sum
}

func (d *Draft) frontOf(job int) int {
	if job >= len(d.front) {
		return 0
	}
	return d.front[job]
}

// Page reads page n, counted from 0, of those that a job will have.
func (d *Draft) Page(job, n int) (*raster.Page, error) {
	from := &d.pages
	if front := d.frontOf(job); n < front {
		from, n = &d.covers, n+d.before(job)
	} else {
		n -= front
	}
	file, pages, err := from.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return pages.Page(n)
}

// Infos describes the pages that a job will have.
func (d *Draft) Infos(job int) (all []tiff.Info, err error) {
	if all, err = d.covers.infos(all, d.before(job), d.frontOf(job)); err != nil {
		return nil, err
	}
	return d.pages.infos(all, 0, d.pages.count())
}

// Close removes what the draft has left on the disk. Jobs that were made of it keep their pages.
func (d *Draft) Close() error {
	// What its pages have come to nobody needs to know any more.
	_, _ = d.pages.finish(false), d.covers.finish(false)
	return removeAll(d.s.disk, d.dir)
}

// sheets is a file of pages being written. It is there with its first page.
type sheets struct {
	path   string
	file   file // nil before the first page, and once all is written
	writer *tiff.Writer
	broken error // what kept the pages from being durable
}

// unsynced is a file whose pages need not be durable one by one: nobody was told yet that they are accepted.
type unsynced struct{ file }

func (unsynced) Sync() error { return nil }

func (s *sheets) append(d disk, p tiff.Coded) (err error) {
	if s.writer == nil {
		if s.file, err = d.Create(s.path); err != nil {
			return err
		}
		if s.writer, err = tiff.NewWriter(unsynced{s.file}); err != nil {
			return err
		}
	}
	return s.writer.Append(p)
}

func (s *sheets) count() int {
	if s.writer == nil {
		return 0
	}
	return s.writer.Pages()
}

func (s *sheets) size() (int64, error) {
	if s.writer == nil {
		return 0, nil
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// open opens the pages for reading.
func (s *sheets) open() (*os.File, *tiff.File, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	pages, err := tiff.Open(f, info.Size())
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, pages, nil
}

// infos describes n pages.
func (s *sheets) infos(all []tiff.Info, first, n int) ([]tiff.Info, error) {
	if n == 0 {
		return all, nil
	}
	file, pages, err := s.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for i := first; i < first+n; i++ {
		info, err := pages.Info(i)
		if err != nil {
			return nil, err
		}
		all = append(all, info)
	}
	return all, nil
}

// finish closes the file, durable or not. What could not be made durable once is not taken to be so later.
func (s *sheets) finish(durable bool) error {
	if s.file == nil {
		return s.broken
	}
	if durable {
		s.broken = s.file.Sync()
	}
	err := errors.Join(s.broken, s.file.Close())
	s.file = nil
	return err
}

// stage makes a folder of each job, and says in the jobs what is there.
func (d *Draft) stage(list []fax.Job) error {
	put := d.share
	if d.covers.count() > 0 {
		put = d.copy
	} else if err := d.pages.finish(true); err != nil {
		return err
	}
	for i := range list {
		dir := d.s.making(jobFolder, int64(list[i].JobID))
		if err := d.s.disk.MakeDir(dir); err != nil {
			return err
		}
		size, err := put(i, filepath.Join(dir, pagesName))
		if err != nil {
			return err
		}
		list[i].PageCount, list[i].DocumentSize = d.Pages(i), size
		if err := d.s.writeRecord(jobFolder, dir, list[i]); err != nil { // it syncs the folder
			return err
		}
	}
	return d.s.disk.SyncDir(d.s.path(unfinishedDir))
}

// share gives the pages to a job: all jobs have the same octets.
func (d *Draft) share(_ int, to string) (int64, error) {
	if err := link(d.s.disk, d.pages.path, to); err != nil {
		return 0, err
	}
	return d.pages.size()
}

// copy makes the pages of a job: its cover pages, then those of all.
func (d *Draft) copy(job int, to string) (int64, error) {
	if err := d.s.room(0); err != nil {
		return 0, err
	}
	own := sheets{path: to}
	err := own.take(d.s.disk, &d.covers, d.before(job), d.frontOf(job))
	if err == nil {
		err = own.take(d.s.disk, &d.pages, 0, d.pages.count())
	}
	if err := errors.Join(err, own.finish(err == nil)); err != nil {
		return 0, err
	}
	return own.size()
}

// take copies n pages, strip by strip.
func (s *sheets) take(d disk, from *sheets, first, n int) error {
	if n == 0 {
		return nil
	}
	file, pages, err := from.open()
	if err != nil {
		return err
	}
	defer file.Close()
	for i := first; i < first+n; i++ {
		p, err := strip(file, pages, i)
		if err != nil {
			return err
		}
		if err := s.append(d, p); err != nil {
			return err
		}
	}
	return nil
}

// strip reads a page of a file that we wrote, as it lies there: MMR in one strip.
func strip(f *os.File, pages *tiff.File, n int) (tiff.Coded, error) {
	info, err := pages.Info(n)
	if err != nil {
		return tiff.Coded{}, err
	}
	c := tiff.Coded{Width: info.Width, Height: info.Height, Resolution: info.Resolution, Coding: t4.MMR}
	var where [2]uint32
	for i, tag := range []tiff.Tag{tiff.StripOffsets, tiff.StripByteCounts} {
		field, _, err := pages.Field(n, tag)
		if err != nil {
			return c, err
		}
		number, ok := field.Uint(0)
		if !ok || field.Count() != 1 || info.Scheme != tiff.Group4 {
			return c, fmt.Errorf("page %d is not one strip of MMR", n+1)
		}
		where[i] = number
	}
	c.Strip = make([]byte, where[1])
	_, err = f.ReadAt(c.Strip, int64(where[0]))
	return c, err
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// texts sets prose.txt in three sizes: at 8 and 10 points twice, in serif and sans serif, at 12 points once. The fonts are
// embedded, and no word is divided, so that what is read from the page can be held against what was written.
func texts(dir string) error {
	prose, err := os.ReadFile(filepath.Join(dir, "prose.txt"))
	if err != nil {
		return err
	}
	for size, faces := range map[int][]string{8: {"T", "H"}, 10: {"T", "H"}, 12: {"T"}} {
		if err := set(string(prose), size, faces, filepath.Join(dir, fmt.Sprintf("text%d.pdf", size))); err != nil {
			return err
		}
	}
	return nil
}

func set(prose string, size int, faces []string, to string) error {
	work, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var source strings.Builder
	fmt.Fprintf(&source, ".pl 29.7c\n.po 2.2c\n.ll 16.6c\n.ps %d\n.vs %d\n.nh\n.ad l\n.sp 1.8c\n", size, size*5/4)
	source.WriteString(".ss 12 0\n") // one space after a sentence
	for _, face := range faces {
		fmt.Fprintf(&source, ".fam %s\n", face)
		for paragraph := range strings.SplitSeq(prose, "\n\n") {
			source.WriteString(strings.NewReplacer("'", `\(aq`, `"`, `\(dq`).Replace(strings.TrimSpace(paragraph)) + "\n.sp 0.6\n")
		}
		source.WriteString(".sp 1\n")
	}
	input, output := filepath.Join(work, "text.roff"), filepath.Join(work, "text.pdf")
	if err := os.WriteFile(input, []byte(source.String()), 0o644); err != nil {
		return err
	}
	if err := tool("sh", "-c", "groff -Tpdf -P-e -P-pa4 "+input+" >"+output); err != nil {
		return err
	}
	// Ghostscript keeps of each font only the letters that are used.
	return tool("gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=pdfwrite", "-dEmbedAllFonts=true", "-dSubsetFonts=true",
		"-o", to, output)
}

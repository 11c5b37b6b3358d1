// Reads a log folder as Go's checksum database clients read theirs: golang.org/x/mod/sumdb, nothing of ours.
//
//	main FOLDER VERIFIER-KEY FIRST-SIZE FIRST-ROOT
//
// Opens the checkpoint with sumdb/note, and with sumdb/tlog reads tiles, rebuilds the root, proves every record, and
// proves that the log extends the one of FIRST-SIZE. Prints the size, or says what is wrong and ends with 1.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type files struct{ folder string }

func (f files) Height() int { return height }

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// The same path but for the height, which C2SP tlog-tiles fixes and leaves out.
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.folder, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func bundle(folder string, number, width int64) [][]byte {
	tile := tlog.Tile{H: height, L: 0, N: number, W: int(width)}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", height), "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(folder, path))
	check(err)
	var records [][]byte
	for len(data) >= 2 {
		length := int(data[0])<<8 | int(data[1])
		records = append(records, data[2:2+length])
		data = data[2+length:]
	}
	return records
}

func main() {
	folder, key := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(key)
	check(err)
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	check(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	var hash tlog.Hash
	copy(hash[:], root)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: hash}, files{folder})
	rebuilt, err := tlog.TreeHash(size, reader)
	check(err)
	if rebuilt != hash {
		check(fmt.Errorf("the tiles lead to another root"))
	}
	for index := int64(0); index < size; {
		width := size - index
		if width > 1<<height {
			width = 1 << height
		}
		for _, record := range bundle(folder, index>>height, width) {
			proof, err := tlog.ProveRecord(size, index, reader)
			check(err)
			check(tlog.CheckRecord(proof, size, hash, index, tlog.RecordHash(record)))
			index++
		}
	}
	first, err := strconv.ParseInt(os.Args[3], 10, 64)
	check(err)
	before, err := base64.StdEncoding.DecodeString(os.Args[4])
	check(err)
	var old tlog.Hash
	copy(old[:], before)
	proof, err := tlog.ProveTree(size, first, reader)
	check(err)
	check(tlog.CheckTree(proof, size, hash, first, old))
	if bytes.Equal(before, root) && first != size {
		check(fmt.Errorf("two sizes and one root"))
	}
	fmt.Println(size)
}

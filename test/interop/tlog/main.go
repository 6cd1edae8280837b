// Verifies a log that Portcullis wrote with Go's own transparency log packages: nothing in here is shared with what
// wrote it. The folder has `checkpoints`, one signed note each, `tile`, and `proofs.json`.
//
//	tlog <folder> <vkey of the log> <vkey of the witness>
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The height of a tile, and its width.
const (
	height = 8
	width  = 1 << height
)

// Proofs that Portcullis made, all hashes in base64.
type proofs struct {
	Inclusion []struct {
		Index, Size int64
		Leaf        tlog.Hash
		Proof       []tlog.Hash
	}
	Consistency []struct {
		OldSize, NewSize int64
		Proof            []tlog.Hash
	}
}

func main() {
	if len(os.Args) != 4 {
		fail(errors.New("wants a folder and two vkeys"))
	}
	folder := os.Args[1]
	trees, err := readCheckpoints(folder, os.Args[2], os.Args[3])
	if err != nil {
		fail(err)
	}
	last := trees[len(trees)-1]
	tiles, hashes, err := checkTrees(folder, trees)
	if err != nil {
		fail(err)
	}
	own, err := checkOwnProofs(trees, hashes)
	if err != nil {
		fail(err)
	}
	theirs, err := checkTheirProofs(folder, trees)
	if err != nil {
		fail(err)
	}
	fmt.Printf("checkpoints %d, leaves %d, tiles %d, proofs made here %d, proofs made there %d\n",
		len(trees), last.N, tiles, own, theirs)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "refused:", err)
	os.Exit(1)
}

// readCheckpoints opens every checkpoint, by both keys, and answers the trees by size.
func readCheckpoints(folder, logKey, witnessKey string) ([]tlog.Tree, error) {
	verifier, err := note.NewVerifier(logKey)
	if err != nil {
		return nil, fmt.Errorf("the log's vkey: %w", err)
	}
	witness, err := newCosignatureVerifier(witnessKey)
	if err != nil {
		return nil, fmt.Errorf("the witness's vkey: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "checkpoints", "*"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no checkpoints: %v", err)
	}
	var trees []tlog.Tree
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		opened, err := note.Open(text, note.VerifierList(verifier, witness))
		if err != nil {
			return nil, fmt.Errorf("checkpoint %s: %w", filepath.Base(file), err)
		}
		if len(opened.Sigs) != 2 {
			return nil, fmt.Errorf("checkpoint %s: %d of 2 signed it", filepath.Base(file), len(opened.Sigs))
		}
		tree, err := parseCheckpoint(opened.Text, verifier.Name())
		if err != nil {
			return nil, fmt.Errorf("checkpoint %s: %w", filepath.Base(file), err)
		}
		trees = append(trees, tree)
	}
	sort.Slice(trees, func(i, j int) bool { return trees[i].N < trees[j].N })
	return trees, nil
}

// parseCheckpoint reads tlog-checkpoint, which tlog.ParseTree does not: that is the format of one log alone.
func parseCheckpoint(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != origin {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// readLeaves computes every hash of the tree from the entry bundles alone.
func readLeaves(folder string, size int64) (storage, error) {
	var hashes storage
	for first := int64(0); first < size; first += width {
		count := size - first
		if count > width {
			count = width
		}
		name := "tile/entries/" + suffix(first/width, int(count))
		bundle, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		for i := first; i < first+count; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("%s is cut short", name)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			added, err := tlog.StoredHashes(i, bundle[2:end], hashes)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, added...)
			bundle = bundle[end:]
		}
		if len(bundle) > 0 {
			return nil, fmt.Errorf("%s has octets to spare", name)
		}
	}
	return hashes, nil
}

// checkTrees holds the root of each checkpoint and every tile that it needs against what its entries give, and answers
// the hashes of the last, largest one. The reader of tiles that comes with tlog is not used: before v0.40 it passes forged ones (CVE-2026-56865).
func checkTrees(folder string, trees []tlog.Tree) (count int, hashes storage, err error) {
	for _, tree := range trees {
		hashes, err = readLeaves(folder, tree.N)
		if err != nil {
			return 0, nil, err
		}
		root, err := tlog.TreeHash(tree.N, hashes)
		if err != nil {
			return 0, nil, err
		}
		if root != tree.Hash {
			return 0, nil, fmt.Errorf("the entries give another root of %d", tree.N)
		}
		for _, tile := range tlog.NewTiles(height, 0, tree.N) {
			name := fmt.Sprintf("tile/%d/%s", tile.L, suffix(tile.N, tile.W))
			written, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				return 0, nil, err
			}
			computed, err := tlog.ReadTileData(tile, hashes)
			if err != nil {
				return 0, nil, err
			}
			if !bytes.Equal(written, computed) {
				return 0, nil, fmt.Errorf("%s is another one", name)
			}
			count++
		}
	}
	return count, hashes, nil
}

// checkOwnProofs makes proofs and checks them.
func checkOwnProofs(trees []tlog.Tree, hashes storage) (int, error) {
	count := 0
	for i, newer := range trees {
		for k := 0; k < 10; k++ {
			index := rand.Int63n(newer.N)
			leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			if err != nil {
				return 0, err
			}
			proof, err := tlog.ProveRecord(newer.N, index, hashes)
			if err != nil {
				return 0, err
			}
			if err := tlog.CheckRecord(proof, newer.N, newer.Hash, index, leaf[0]); err != nil {
				return 0, err
			}
			count++
		}
		for _, older := range trees[:i] {
			proof, err := tlog.ProveTree(newer.N, older.N, hashes)
			if err != nil {
				return 0, err
			}
			if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash); err != nil {
				return 0, fmt.Errorf("%d after %d: %w", newer.N, older.N, err)
			}
			count++
		}
	}
	return count, nil
}

// checkTheirProofs checks the proofs that Portcullis made.
func checkTheirProofs(folder string, trees []tlog.Tree) (int, error) {
	text, err := os.ReadFile(filepath.Join(folder, "proofs.json"))
	if err != nil {
		return 0, err
	}
	var made proofs
	if err := json.Unmarshal(text, &made); err != nil {
		return 0, err
	}
	roots := map[int64]tlog.Hash{}
	for _, tree := range trees {
		roots[tree.N] = tree.Hash
	}
	for _, p := range made.Inclusion {
		if err := tlog.CheckRecord(p.Proof, p.Size, roots[p.Size], p.Index, p.Leaf); err != nil {
			return 0, fmt.Errorf("inclusion of %d in %d: %w", p.Index, p.Size, err)
		}
	}
	for _, p := range made.Consistency {
		err := tlog.CheckTree(p.Proof, p.NewSize, roots[p.NewSize], p.OldSize, roots[p.OldSize])
		if err != nil {
			return 0, fmt.Errorf("consistency of %d with %d: %w", p.NewSize, p.OldSize, err)
		}
	}
	return len(made.Inclusion) + len(made.Consistency), nil
}

// storage holds the hashes of a tree in the order of tlog.
type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		if index >= int64(len(s)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		found = append(found, s[index])
	}
	return found, nil
}

// suffix names a tile as tlog-tiles does.
func suffix(index int64, count int) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if count < width {
		name += fmt.Sprintf(".p/%d", count)
	}
	return name
}

func decodeKey(vkey string) (name string, id uint32, key []byte, err error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return "", 0, nil, errors.New("not a vkey")
	}
	number, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return "", 0, nil, err
	}
	key, err = base64.StdEncoding.DecodeString(parts[2])
	return parts[0], uint32(number), key, err
}

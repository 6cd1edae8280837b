// Reads a log with torchwood, the library of the witness network: checkpoints by a policy, entries through its tiles,
// and one proof file for each of some entries.
//
//	witness <folder>
//
// The folder has `policy`, `checkpoint`, `tile`, and `proofs` with `<index>.tlog-proof` files.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("wants a folder"))
	}
	folder := os.Args[1]
	text, err := os.ReadFile(filepath.Join(folder, "policy"))
	if err != nil {
		fail(err)
	}
	policy, err := torchwood.ParsePolicy(text)
	if err != nil {
		fail(fmt.Errorf("the policy: %w", err))
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		fail(err)
	}
	checkpoint, _, err := torchwood.VerifyCheckpoint(signed, policy)
	if err != nil {
		fail(fmt.Errorf("the checkpoint: %w", err))
	}
	leaves, err := readEntries(folder, checkpoint.Tree)
	if err != nil {
		fail(fmt.Errorf("the entries: %w", err))
	}
	files, err := filepath.Glob(filepath.Join(folder, "proofs", "*.tlog-proof"))
	if err != nil || len(files) == 0 {
		fail(fmt.Errorf("no proofs: %v", err))
	}
	for _, file := range files {
		if err := checkProof(file, policy, leaves); err != nil {
			fail(fmt.Errorf("%s: %w", filepath.Base(file), err))
		}
	}
	fmt.Printf("checkpoint of %s at %d, entries %d, proofs %d\n",
		checkpoint.Origin, checkpoint.N, len(leaves), len(files))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "refused:", err)
	os.Exit(1)
}

// readEntries answers the hash of each entry, which the client has held against the tree.
func readEntries(folder string, tree tlog.Tree) ([]tlog.Hash, error) {
	tiles, err := torchwood.NewTileFS(os.DirFS(folder))
	if err != nil {
		return nil, err
	}
	client, err := torchwood.NewClient(tiles)
	if err != nil {
		return nil, err
	}
	var leaves []tlog.Hash
	for _, entry := range client.AllEntries(context.Background(), tree, 0) {
		leaves = append(leaves, tlog.RecordHash(entry))
	}
	if err := client.Err(); err != nil {
		return nil, err
	}
	if int64(len(leaves)) != tree.N {
		return nil, fmt.Errorf("%d of %d", len(leaves), tree.N)
	}
	return leaves, nil
}

func checkProof(file string, policy torchwood.Policy, leaves []tlog.Hash) error {
	proof, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	index, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".tlog-proof"))
	if err != nil {
		return err
	}
	return torchwood.VerifyProof(policy, leaves[index], proof)
}

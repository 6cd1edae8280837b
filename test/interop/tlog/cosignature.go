package main

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// Verifies cosignatures (tlog-cosignature, type 0x04), which golang.org/x/mod does not know.
type cosignatureVerifier struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func newCosignatureVerifier(vkey string) (note.Verifier, error) {
	name, id, key, err := decodeKey(vkey)
	if err != nil {
		return nil, err
	}
	if len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, errors.New("not a key of cosignatures")
	}
	return cosignatureVerifier{name, id, key[1:]}, nil
}

func (v cosignatureVerifier) Name() string { return v.name }

func (v cosignatureVerifier) KeyHash() uint32 { return v.id }

func (v cosignatureVerifier) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(v.key, []byte(signed), signature[8:])
}

// Command log_check verifies a log over HTTP as C2SP tlog-tiles, tlog-checkpoint and
// tlog-cosignature describe it, with Go's implementation of notes and trees and nothing of ours.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o log_check main.go
//	log_check [-witness VKEY]... [-quorum K] [-timeout D] URL LOG_VKEY [EARLIER_SIZE]
//
// URL is what stands before /checkpoint. It prints what it has counted and exits with 0 if the
// checkpoint is signed and cosigned, the tiles lead to its root, every entry is the one that its
// leaf says and is included, and the tree is consistent with smaller ones, that of EARLIER_SIZE
// among them. Exit status 1: something is wrong, in one line; 2: bad usage.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height    = 8 // of a tile: 256 hashes wide
	width     = 1 << height
	maxBody   = width * (2 + 32*1024) // the longest bundle
	cosigType = 0x04
)

// witness is a note.Verifier for timestamped cosignatures, type 0x04.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	time uint64 // of the last signature that verified
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, text)
	if !ed25519.Verify(w.key, []byte(message), signature[8:]) {
		return false
	}
	w.time = at
	return true
}

// parseWitness reads name+id+base64(04 | key).
func parseWitness(vkey string) (*witness, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("witness key %q: want name+id+base64", vkey)
	}
	material, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(material) != 1+ed25519.PublicKeySize || material[0] != cosigType {
		return nil, fmt.Errorf("witness key %q: not of type 4", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), material...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return nil, fmt.Errorf("witness key %q: wrong id", vkey)
	}
	id := binary.BigEndian.Uint32(sum[:4])
	return &witness{name: parts[0], hash: id, key: material[1:]}, nil
}

// logReader fetches the files of a log, each once. It is a tlog.TileReader.
type logReader struct {
	url    string
	client http.Client
	tiles  map[string][]byte
}

func (r *logReader) get(path string) ([]byte, error) {
	reply, err := r.client.Get(r.url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, reply.Status)
	}
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("%s: too long", path)
	}
	return body, err
}

// filePath is the path of tlog-tiles, which names neither the height nor "data" as Go's does.
func filePath(level string, n int64, w int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if w < width {
		path += fmt.Sprintf(".p/%d", w)
	}
	return "tile/" + level + "/" + path
}

func (r *logReader) Height() int { return height }

func (r *logReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := filePath(strconv.Itoa(tile.L), tile.N, tile.W)
		data, ok := r.tiles[path]
		if !ok {
			var err error
			if data, err = r.get(path); err != nil {
				return nil, err
			}
			if len(data) != tile.W*tlog.HashSize {
				return nil, fmt.Errorf("%s: %d bytes, want %d", path, len(data), tile.W*tlog.HashSize)
			}
			r.tiles[path] = data
		}
		all = append(all, data)
	}
	return all, nil
}

func (r *logReader) SaveTiles([]tlog.Tile, [][]byte) {} // ReadTiles has kept them

// rawHashes reads hashes out of tiles without checking these against anything.
type rawHashes struct{ reader *logReader }

func (r rawHashes) readFor(size int64) tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			tile := tlog.TileForIndex(height, index)
			// The widest that this tree has.
			if have := size>>(height*tile.L) - tile.N*width; have < width {
				tile.W = int(have)
			} else {
				tile.W = width
			}
			data, err := r.reader.ReadTiles([]tlog.Tile{tile})
			if err != nil {
				return nil, err
			}
			hash, err := tlog.HashFromTile(tile, data[0], index)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, hash)
		}
		return hashes, nil
	}
}

// parseCheckpoint takes the first three lines: origin, size, root.
func parseCheckpoint(text string) (string, tlog.Tree, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 {
		return "", tlog.Tree{}, fmt.Errorf("checkpoint: too short")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return "", tlog.Tree{}, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return "", tlog.Tree{}, fmt.Errorf("checkpoint: root %q", lines[2])
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return lines[0], tree, nil
}

// openCheckpoint verifies the log's signature and at least `quorum` cosignatures.
func openCheckpoint(raw []byte, vkey string, witnesses []*witness, quorum int) (tlog.Tree, error) {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("log key: %v", err)
	}
	verifiers := []note.Verifier{log}
	for _, w := range witnesses {
		verifiers = append(verifiers, w)
	}
	opened, err := note.Open(raw, note.VerifierList(verifiers...))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %v", err)
	}
	byLog, cosigned := false, 0
	for _, signature := range opened.Sigs {
		if signature.Name == log.Name() && signature.Hash == log.KeyHash() {
			byLog = true
			continue
		}
		cosigned++
	}
	if !byLog {
		return tlog.Tree{}, fmt.Errorf("checkpoint: the log did not sign it")
	}
	if cosigned < quorum {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %d cosignatures, want %d", cosigned, quorum)
	}
	origin, tree, err := parseCheckpoint(opened.Text)
	if err == nil && origin != log.Name() {
		err = fmt.Errorf("checkpoint: origin %q, but the key's name is %q", origin, log.Name())
	}
	return tree, err
}

// parseBundle splits entries that their lengths in two bytes precede.
func parseBundle(data []byte, want int) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("an entry is cut")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(entries) != want {
		return nil, fmt.Errorf("%d entries, want %d", len(entries), want)
	}
	return entries, nil
}

// checkEntries verifies every entry of every bundle against its leaf and the root.
func checkEntries(r *logReader, tree tlog.Tree, hashes tlog.HashReader) error {
	for start := int64(0); start < tree.N; start += width {
		w := width
		if tree.N-start < width {
			w = int(tree.N - start)
		}
		path := filePath("entries", start/width, w)
		data, err := r.get(path)
		if err != nil {
			return err
		}
		entries, err := parseBundle(data, w)
		if err != nil {
			return fmt.Errorf("%s: %v", path, err)
		}
		for i, entry := range entries {
			index := start + int64(i)
			leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			if err != nil {
				return err
			}
			if leaf[0] != tlog.RecordHash(entry) {
				return fmt.Errorf("%s: entry %d is not the one in the tree", path, index)
			}
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			if err != nil {
				return err
			}
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
			if err != nil {
				return fmt.Errorf("entry %d: %v", index, err)
			}
		}
	}
	return nil
}

// someSizes are smaller trees with borders of tiles among them, ascending.
func someSizes(size, earlier int64) []int64 {
	chosen := map[int64]bool{}
	for _, n := range []int64{1, 2, 3, 255, 256, 257, 511, 512, 513, size / 3, size / 2, size - 1,
		size, earlier} {
		if n > 0 && n <= size {
			chosen[n] = true
		}
	}
	var sizes []int64
	for n := range chosen {
		sizes = append(sizes, n)
	}
	sort.Slice(sizes, func(i, j int) bool { return sizes[i] < sizes[j] })
	return sizes
}

// checkSizes verifies that each of the trees is a part of each larger one.
func checkSizes(tree tlog.Tree, sizes []int64, hashes tlog.HashReader) (int, error) {
	roots := map[int64]tlog.Hash{}
	for _, n := range sizes {
		root, err := tlog.TreeHash(n, hashes)
		if err != nil {
			return 0, err
		}
		roots[n] = root
	}
	pairs := 0
	for i, n := range sizes {
		for _, t := range sizes[i:] {
			proof, err := tlog.ProveTree(t, n, hashes)
			if err != nil {
				return pairs, err
			}
			if err := tlog.CheckTree(proof, t, roots[t], n, roots[n]); err != nil {
				return pairs, fmt.Errorf("sizes %d and %d: %v", n, t, err)
			}
			pairs++
		}
	}
	return pairs, nil
}

type witnessFlag []*witness

func (f *witnessFlag) String() string { return "" }
func (f *witnessFlag) Set(vkey string) error {
	w, err := parseWitness(vkey)
	if err == nil {
		*f = append(*f, w)
	}
	return err
}

func check(r *logReader, vkey string, witnesses []*witness, quorum int, earlier int64) error {
	raw, err := r.get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(raw, vkey, witnesses, quorum)
	if err != nil {
		return err
	}
	if tree.N == 0 {
		return fmt.Errorf("checkpoint: the log is empty")
	}
	if earlier > tree.N {
		return fmt.Errorf("checkpoint: size %d, but it was %d before", tree.N, earlier)
	}
	root, err := tlog.TreeHash(tree.N, rawHashes{r}.readFor(tree.N))
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles lead to the root %v, the checkpoint says %v", root, tree.Hash)
	}
	hashes := tlog.TileHashReader(tree, r)
	if err := checkEntries(r, tree, hashes); err != nil {
		return err
	}
	sizes := someSizes(tree.N, earlier)
	pairs, err := checkSizes(tree, sizes, hashes)
	if err != nil {
		return err
	}
	// Every tile that this tree has was read, and is what the leaves make it.
	for level := 0; tree.N>>(height*level) > 0; level++ {
		for n := int64(0); n*width < tree.N>>(height*level); n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: width}
			if have := tree.N>>(height*level) - n*width; have < width {
				tile.W = int(have)
			}
			served, err := r.ReadTiles([]tlog.Tile{tile})
			if err != nil {
				return err
			}
			made, err := tlog.ReadTileData(tile, hashes)
			if err != nil {
				return err
			}
			if !bytes.Equal(served[0], made) {
				return fmt.Errorf("%s: not what the leaves make it", filePath(strconv.Itoa(level), n, tile.W))
			}
		}
	}
	for _, w := range witnesses {
		if w.time != 0 {
			at := time.Unix(int64(w.time), 0).UTC().Format(time.RFC3339)
			fmt.Printf("cosigned by %s at %s\n", w.name, at)
		}
	}
	fmt.Printf("%d entries, %d tiles, %d pairs of sizes: all verify\n", tree.N, len(r.tiles), pairs)
	return nil
}

func main() {
	var witnesses witnessFlag
	flag.Var(&witnesses, "witness", "key of a witness, name+id+base64 (repeatable)")
	quorum := flag.Int("quorum", -1, "so many witnesses must have cosigned; all if left out")
	timeout := flag.Duration("timeout", 10*time.Second, "for each request")
	flag.Parse()
	earlier := int64(0)
	var err error
	if flag.NArg() == 3 {
		earlier, err = strconv.ParseInt(flag.Arg(2), 10, 64)
	}
	if flag.NArg() < 2 || flag.NArg() > 3 || err != nil {
		fmt.Fprintln(os.Stderr, "usage: log_check [-witness VKEY]... [-quorum K] URL LOG_VKEY [EARLIER_SIZE]")
		os.Exit(2)
	}
	if *quorum < 0 {
		*quorum = len(witnesses)
	}
	r := &logReader{
		url:    strings.TrimSuffix(flag.Arg(0), "/"),
		client: http.Client{Timeout: *timeout},
		tiles:  map[string][]byte{},
	}
	if err := check(r, flag.Arg(1), witnesses, *quorum, earlier); err != nil {
		fmt.Fprintf(os.Stderr, "log_check: %v\n", err)
		os.Exit(1)
	}
}

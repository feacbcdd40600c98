package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
)

// The layout of a bbolt file (version 2), in the byte order of the machine.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	pageHeader    = 16 // id, flags, count, overflow
	elementHeader = 16 // of branch and leaf pages
	bucketHeader  = 16 // root page, sequence
	metaLength    = 64
	metaSummed    = 56 // what the checksum of a meta page covers

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10

	flagBucket = 0x01 // of a leaf element

	noFreelist   = ^uint64(0)
	manyFree     = 0xFFFF // the count of a freelist page that has its real count as first entry
	maxTreeDepth = 32
)

var order = binary.NativeEndian

// checkPages walks all that bbolt would follow in a file, without mapping it, and returns what is not as bbolt writes
// it. bbolt itself trusts what is beyond its meta pages: a wrong offset there is a fault, and a loop has no end.
func checkPages(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	c := &checker{file: f, size: info.Size(), seen: map[uint64]bool{}, free: map[uint64]bool{}}
	if err := c.meta(); err != nil {
		return err
	}
	if err := c.freelist(); err != nil {
		return err
	}
	return c.bucket(c.root, 0)
}

type checker struct {
	file *os.File
	size int64

	pageSize           int64
	root, list, beyond uint64 // beyond is the first page number that was never used
	seen, free         map[uint64]bool
}

// meta reads the newer of the meta pages that are whole, as bbolt does.
func (c *checker) meta() error {
	found, newest := false, uint64(0)
	// The second meta page is one page in, and only a meta page says how long a page is.
	for at := int64(0); at+pageHeader+metaLength <= c.size && at <= 1<<24; at = max(at*2, 1024) {
		var page [pageHeader + metaLength]byte
		if _, err := c.file.ReadAt(page[:], at); err != nil {
			return fmt.Errorf("read page: %w", err)
		}
		m := page[pageHeader:]
		size := int64(order.Uint32(m[8:]))
		if order.Uint32(m) != boltMagic || order.Uint32(m[4:]) != boltVersion || !metaSum(m) || at != 0 && at != size {
			continue
		}
		if txid := order.Uint64(m[48:]); !found || txid > newest {
			found, newest = true, txid
			c.pageSize, c.root, c.list, c.beyond = size, order.Uint64(m[16:]), order.Uint64(m[32:]), order.Uint64(m[40:])
		}
	}
	switch {
	case !found:
		return errors.New("both meta pages are invalid")
	case c.pageSize < 1024 || c.pageSize > 1<<24 || c.pageSize&(c.pageSize-1) != 0:
		return fmt.Errorf("the page size is %d", c.pageSize)
	case c.beyond < 4 || c.beyond > uint64(c.size/c.pageSize):
		return fmt.Errorf("truncated: %d pages of %d bytes are in use, the file has %d bytes", c.beyond, c.pageSize, c.size)
	}
	return nil
}

func metaSum(meta []byte) bool {
	h := fnv.New64a()
	_, _ = h.Write(meta[:metaSummed]) // never fails
	return h.Sum64() == order.Uint64(meta[metaSummed:])
}

// page reads a page with those that continue it. Every page may be used once.
func (c *checker) page(id uint64) (flags, count uint16, data []byte, err error) {
	if id < 2 || id >= c.beyond {
		return 0, 0, nil, fmt.Errorf("page %d does not exist", id)
	}
	var header [pageHeader]byte
	if _, err := c.file.ReadAt(header[:], int64(id)*c.pageSize); err != nil {
		return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
	}
	overflow := uint64(order.Uint32(header[12:]))
	if order.Uint64(header[:]) != id || overflow >= c.beyond-id {
		return 0, 0, nil, fmt.Errorf("page %d has a wrong header", id)
	}
	for i := id; i <= id+overflow; i++ {
		if c.seen[i] || c.free[i] {
			return 0, 0, nil, fmt.Errorf("page %d is used twice", i)
		}
		c.seen[i] = true
	}
	data = make([]byte, int64(overflow+1)*c.pageSize)
	if _, err := c.file.ReadAt(data, int64(id)*c.pageSize); err != nil {
		return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
	}
	return order.Uint16(data[8:]), order.Uint16(data[10:]), data, nil
}

func (c *checker) freelist() error {
	if c.list == noFreelist {
		return nil
	}
	flags, count16, data, err := c.page(c.list)
	if err != nil {
		return fmt.Errorf("list of free pages: %w", err)
	}
	ids, count := data[pageHeader:], uint64(count16)
	if count == manyFree {
		count, ids = order.Uint64(ids), ids[8:]
	}
	if flags != flagFreelist || count > uint64(len(ids)/8) {
		return errors.New("list of free pages: wrong header")
	}
	for i := range count {
		id := order.Uint64(ids[i*8:])
		if id < 2 || id >= c.beyond || c.free[id] || c.seen[id] {
			return fmt.Errorf("list of free pages: page %d cannot be free", id)
		}
		c.free[id] = true
	}
	return nil
}

// bucket checks the tree of one bucket. nested counts the buckets around it.
func (c *checker) bucket(root uint64, nested int) error {
	if nested > 1 {
		return errors.New("a bucket is inside another")
	}
	leafDepth := -1
	return c.tree(root, nil, nil, nested, 0, &leafDepth)
}

// tree checks the pages from id on: all keys are at least low and below high, unless these are nil, and all leaves are
// equally deep.
func (c *checker) tree(id uint64, low, high []byte, nested, depth int, leafDepth *int) error {
	if depth > maxTreeDepth {
		return errors.New("a tree is too deep")
	}
	flags, count, data, err := c.page(id)
	if err != nil {
		return err
	}
	switch {
	case flags == flagLeaf:
		if *leafDepth >= 0 && *leafDepth != depth {
			return fmt.Errorf("page %d is at the wrong depth", id)
		}
		*leafDepth = depth
		err = c.leaf(data, int(count), low, high, nested)
	case flags == flagBranch && count > 0:
		err = c.branch(data, int(count), low, high, nested, depth, leafDepth)
	default:
		err = errors.New("wrong type")
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

var (
	errElement  = errors.New("an element reaches out of its page")
	errKeyOrder = errors.New("keys are out of order")
)

// bytesAt returns n bytes from at on, if they lie in data after the element headers.
func bytesAt(data []byte, headers, at, n uint64) ([]byte, error) {
	if at < headers || at+n > uint64(len(data)) {
		return nil, errElement
	}
	return data[at : at+n], nil
}

func (c *checker) branch(data []byte, count int, low, high []byte, nested, depth int, leafDepth *int) error {
	headers := uint64(pageHeader + count*elementHeader)
	if headers > uint64(len(data)) {
		return errElement
	}
	keys, children := make([][]byte, count), make([]uint64, count)
	for i := range count {
		at := pageHeader + i*elementHeader
		key, err := bytesAt(data, headers, uint64(at)+uint64(order.Uint32(data[at:])), uint64(order.Uint32(data[at+4:])))
		if err != nil {
			return err
		}
		keys[i], children[i] = key, order.Uint64(data[at+8:])
		if err := inOrder(keys, i, low, high); err != nil {
			return err
		}
	}
	for i, child := range children {
		end := high
		if i+1 < count {
			end = keys[i+1]
		}
		if err := c.tree(child, keys[i], end, nested, depth+1, leafDepth); err != nil {
			return err
		}
	}
	return nil
}

func inOrder(keys [][]byte, i int, low, high []byte) error {
	key := keys[i]
	if len(key) == 0 || low != nil && bytes.Compare(key, low) < 0 || high != nil && bytes.Compare(key, high) >= 0 ||
		i > 0 && bytes.Compare(keys[i-1], key) >= 0 {
		return errKeyOrder
	}
	return nil
}

func (c *checker) leaf(data []byte, count int, low, high []byte, nested int) error {
	headers := uint64(pageHeader + count*elementHeader)
	if headers > uint64(len(data)) {
		return errElement
	}
	keys := make([][]byte, count)
	for i := range count {
		at := pageHeader + i*elementHeader
		flags, keySize, valueSize := order.Uint32(data[at:]), uint64(order.Uint32(data[at+8:])), uint64(order.Uint32(data[at+12:]))
		both, err := bytesAt(data, headers, uint64(at)+uint64(order.Uint32(data[at+4:])), keySize+valueSize)
		if err != nil {
			return err
		}
		keys[i] = both[:keySize]
		if err := inOrder(keys, i, low, high); err != nil {
			return err
		}
		// The root has nothing but buckets, and these have none.
		if wantBucket := nested == 0; flags > flagBucket || (flags == flagBucket) != wantBucket {
			return errors.New("an element is of the wrong kind")
		}
		if flags == flagBucket {
			if err := c.bucketElement(both[keySize:], nested); err != nil {
				return fmt.Errorf("bucket %q: %w", keys[i], err)
			}
		}
	}
	return nil
}

// bucketElement checks a bucket that is written as a value: a small one is there whole, as a leaf page.
func (c *checker) bucketElement(value []byte, nested int) error {
	if len(value) < bucketHeader {
		return errElement
	}
	if root := order.Uint64(value); root != 0 {
		return c.bucket(root, nested+1)
	}
	page := value[bucketHeader:]
	if len(page) < pageHeader || order.Uint16(page[8:]) != flagLeaf {
		return errElement
	}
	return c.leaf(page, int(order.Uint16(page[10:])), nil, nil, nested+1)
}

import KernelInterface
internal import VectorShims

/// `x[key][query] ← x · scale` where the element is kept, and 0 elsewhere.
///
/// A counter's four words serve four lines, as many counters as there are lanes at once.
@Sendable
func dropoutVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ site: DropoutSite
) {
  guard let dropper = Dropper(site) else { return }
  withWords(4 * Vector.lanes) { words in
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      // Counters begin at keys that are multiples of 4: the first may begin above the matrix.
      var line = -(site.firstKey & 3)
      while line < lines {
        dropper.wordsByLane(key: site.firstKey + line, query: site.firstQuery + lane, words)
        let p = x + line * stride + lane
        for k in max(-line, 0)..<min(lines - line, 4) {
          dropper.drop(p + k * stride, words + k * Vector.lanes)
        }
        line += 4
      }
    }
  }
}

/// `x[query][key] ← x · scale` where the element is kept, and 0 elsewhere.
///
/// The words of as many counters as a vector has lanes make a chunk of keys. Where the first key is
/// no multiple of 4, vectors of keys are not vectors of words, but lie across two of them, and the
/// last of a chunk ends in the next one: so chunks are computed from the last to the first, each in
/// front of the first words of the one before.
@Sendable
func dropoutHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ site: DropoutSite
) {
  guard let dropper = Dropper(site) else { return }
  let offset = site.firstKey & 3
  let size = 4 * Vector.lanes
  withWords(size + 4) { words in
    for line in 0..<lines {
      var first = (lanes - 1 + offset) / size * size
      while first >= 0 {
        for k in 0..<4 { words[size + k] = words[k] }
        dropper.wordsInOrder(
          key: site.firstKey - offset + first, query: site.firstQuery + line, words)
        for v in 0..<4 {
          let lane = first + v * Vector.lanes
          if lane >= lanes { break }
          dropper.drop(x + line * stride + lane, words + offset + v * Vector.lanes)
        }
        first -= size
      }
    }
  }
}

/// Calls `body` with memory for so many words, all 0, on the stack.
@inline(__always)
private func withWords(_ count: Int, _ body: (UnsafeMutablePointer<UInt32>) -> Void) {
  withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { words in
    let base = words.baseAddress.unsafelyUnwrapped
    for i in 0..<count { base[i] = 0 }
    body(base)
  }
}

/// What drops the elements of one head of one sequence.
private struct Dropper {
  let threshold: UInt32
  let scale: Float
  let head: UInt32
  let batch: UInt32
  let lowKey: UInt32
  let highKey: UInt32

  /// Nothing, where everything is kept.
  @inline(__always)
  init?(_ site: DropoutSite) {
    guard let threshold = UInt32(exactly: site.threshold) else { return nil }
    self.threshold = threshold
    scale = site.scale
    head = UInt32(truncatingIfNeeded: site.head)
    batch = UInt32(truncatingIfNeeded: site.batch)
    lowKey = UInt32(truncatingIfNeeded: site.seed)
    highKey = UInt32(truncatingIfNeeded: site.seed >> 32)
  }

  /// The four words of the counter of `key`, a multiple of 4: vectors of consecutive queries.
  @inline(__always)
  func wordsByLane(key: Int, query: Int, _ words: UnsafeMutablePointer<UInt32>) {
    let (x, y) = (UInt32(truncatingIfNeeded: key >> 2), UInt32(truncatingIfNeeded: query))
    #if SIMD_AVX512
      philoxByLane16(x, y, head, batch, lowKey, highKey, words)
    #elseif SIMD_AVX2
      philoxByLane8(x, y, head, batch, lowKey, highKey, words)
    #else
      philoxByLane4(x, y, head, batch, lowKey, highKey, words)
    #endif
  }

  /// The words of consecutive keys from `key`, a multiple of 4.
  @inline(__always)
  func wordsInOrder(key: Int, query: Int, _ words: UnsafeMutablePointer<UInt32>) {
    let (x, y) = (UInt32(truncatingIfNeeded: key >> 2), UInt32(truncatingIfNeeded: query))
    #if SIMD_AVX512
      philoxInOrder16(x, y, head, batch, lowKey, highKey, words)
    #elseif SIMD_AVX2
      philoxInOrder8(x, y, head, batch, lowKey, highKey, words)
    #else
      philoxInOrder4(x, y, head, batch, lowKey, highKey, words)
    #endif
  }

  /// Keeps or drops the elements of a vector.
  @inline(__always)
  func drop(_ p: UnsafeMutablePointer<Float>, _ words: UnsafeMutablePointer<UInt32>) {
    let word = UnsafeRawPointer(words).loadUnaligned(as: WordVector.self)
    (Vector(at: p) * Vector(repeating: scale)).kept(where: word, areBelow: threshold).store(at: p)
  }
}

/// The scores S of one head, or its weights P in their place, with ℓ of each row.
///
/// Rows are padded to whole vectors, so that the softmax has no remainder. Threads may share a
/// matrix so long as each works on rows of its own.
@safe
struct ScoreMatrix: ~Copyable, @unchecked Sendable {
  let rows: Int
  let columns: Int

  /// The row sums ℓ of the weights.
  let sums: UnsafeMutablePointer<Float>

  private let vectors: UnsafeMutablePointer<Lanes>

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    unsafe sums = .allocate(capacity: rows)
    unsafe vectors = .allocate(
      capacity: rows * Self.stride(columns: columns) / Lanes.scalarCount)
  }

  deinit {
    unsafe sums.deallocate()
    unsafe vectors.deallocate()
  }

  /// The number of elements from one row to the next.
  static func stride(columns: Int) -> Int {
    (columns + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
  }

  var stride: Int { Self.stride(columns: columns) }

  /// All elements, padding included; a vector is laid out as its lanes.
  var elements: UnsafeMutableBufferPointer<Float> {
    unsafe UnsafeMutableBufferPointer(
      start: UnsafeMutableRawPointer(vectors).assumingMemoryBound(to: Float.self),
      count: rows * stride)
  }

  /// The vectors of a row, padding included.
  func row(_ row: Int) -> UnsafeMutableBufferPointer<Lanes> {
    let count = stride / Lanes.scalarCount
    return unsafe UnsafeMutableBufferPointer(start: vectors + row * count, count: count)
  }
}

/// How the float64 reference divides the query rows and the keys of a head.
///
/// The division bounds what a thread holds beside inputs and results, and depends on the shape, on
/// the number of rows and on whether there is dropout alone: so do the bits of the result.
package struct ReferenceBlocks {
  /// The query rows of a block; the last block of a head may have fewer.
  package let rows: Int

  /// The keys of a chunk; the last chunk of a head may have fewer.
  package let keys: Int

  /// The numbers of the block's queries.
  let queryCount: Int

  /// The numbers of the block's scores.
  let scoreCount: Int

  /// The numbers of a row of factors, where there is dropout.
  let factorCount: Int

  /// The numbers of a chunk of K or V.
  let chunkCount: Int

  /// The blocks of `rows` selected rows of a head.
  package init(_ shape: AttentionShape, rows selectedRows: Int, hasDropout: Bool = false) {
    // Queries and a chunk take at most 2¹⁹ numbers each, scores with a row of factors 2²⁰: 16 MiB.
    // K and V are widened once a block; beside the products of 256 rows that is lost. Chunks of
    // 256, 1024 and 4096 keys take the same time.
    factorCount = hasDropout ? shape.keys : 0
    let fittingRows = min(256, ((1 << 20) - factorCount) / shape.keys, (1 << 19) / shape.headDim)
    let width = max(shape.headDim, shape.valueDim)
    rows = max(1, min(fittingRows, selectedRows))
    keys = max(1, min(1024, (1 << 19) / width, shape.keys))
    queryCount = rows * shape.headDim
    scoreCount = rows * shape.keys
    chunkCount = keys * width
  }

  /// The bytes that a thread allocates: the block's queries and scores, a row of factors, and a
  /// chunk of K or V.
  ///
  /// At most 16 MiB, unless a single row of S exceeds 8 MiB, 4 MiB with dropout, or one of Q, K
  /// or V 4 MiB.
  package var scratchBytes: Int {
    (queryCount + scoreCount + factorCount + chunkCount) * MemoryLayout<Double>.stride
  }
}

/// What a thread of the float64 reference holds beside inputs and results.
@safe
struct ReferenceScratch: ~Copyable {
  let query: UnsafeMutableBufferPointer<Double>
  let scores: UnsafeMutableBufferPointer<Double>

  /// A row of factors.
  let factors: UnsafeMutableBufferPointer<Double>

  /// Keys, and later values.
  let chunk: UnsafeMutableBufferPointer<Double>

  init(_ blocks: ReferenceBlocks) {
    unsafe query = .allocate(capacity: blocks.queryCount)
    unsafe scores = .allocate(capacity: blocks.scoreCount)
    unsafe factors = .allocate(capacity: blocks.factorCount)
    unsafe chunk = .allocate(capacity: blocks.chunkCount)
  }

  deinit {
    unsafe query.deallocate()
    unsafe scores.deallocate()
    unsafe factors.deallocate()
    unsafe chunk.deallocate()
  }
}

// Names as in the paper: Br, Bc, Tr, Tc.

public import HBMSim

/// The block sizes with which an algorithm moves the fewest bytes, by its closed form.
///
///     let search = try BlockSearch(.flash1, shape: shape, sram: .kibibytes(192))
///     print(search.best, search.ledger.total.bytes)
public struct BlockSearch: Sendable {
  /// The best block sizes; of equal ones, those that occupy the least SRAM.
  public let best: Blocks
  /// What moves with them.
  public let ledger: Ledger
  /// What their programs occupy at most, in bytes.
  public let footprint: Int
  /// How many block sizes were looked at.
  public let candidates: Int
  /// Whether no other block sizes that fit can be better.
  public let isExhaustive: Bool

  /// Searches all block sizes that fit.
  ///
  /// Without a mask and a pattern, what moves depends on the numbers of blocks alone, T_r and T_c, and
  /// never grows as they fall: it is enough to look, for every T_r, at the smallest B_r that gives it
  /// with the largest B_c that fits beside. Under a mask finer blocks may follow its edges more closely,
  /// and all pairs are looked at, as long as they are not too many; then B_r and B_c are multiples of a
  /// step. So they are where what moves depends on more than the numbers of blocks.
  ///
  /// - Throws: ``AttentionError`` where options do not go with the shape, or not even blocks of 1 × 1
  ///   fit.
  /// - Complexity: O(√N) closed forms without a mask; under one, a closed form of O(T_r) for each pair
  ///   of block sizes that fit, at most `effort` rows of blocks in all.
  public init(
    _ algorithm: Algorithm, pass: Pass = .forward, shape: AttentionShape,
    options: AttentionOptions = AttentionOptions(), precision: Precision = .f32, sram: Capacity,
    splits: Int? = nil, effort: Int = 40_000_000
  ) throws(AttentionError) {
    try options.validate(for: shape)
    let request = AttentionRequest(
      shape: shape, pass: pass, options: options, precision: precision, sram: sram,
      splits: splits)
    let smallest = Blocks(rows: 1, columns: 1)
    let space = BlockSpace(algorithm.programs, request)
    guard space.fits(smallest) else {
      throw .insufficientSRAM(
        algorithm: algorithm, blocks: smallest,
        needed: algorithm.programs.footprint(smallest, request), available: sram.byteCount ?? 0)
    }
    var best: (blocks: Blocks, ledger: Ledger, footprint: Int)?
    var candidates = 0
    func look(at blocks: Blocks) {
      candidates += 1
      let ledger = space.ledger(blocks)
      let footprint = algorithm.programs.footprint(blocks, request)
      if let best,
        (best.ledger.total.bytes, best.footprint) <= (ledger.total.bytes, footprint)
      {
        return
      }
      best = (blocks, ledger, footprint)
    }
    if options.leavesAll && algorithm.programs.movesByBlockCounts {
      isExhaustive = true
      var most = shape.keys
      for rows in blockSizes(dividing: shape.queries) {
        guard let columns = space.largestColumns(rows: rows, upTo: most) else { break }
        most = columns
        look(
          at: Blocks(
            rows: rows,
            columns: ceilingQuotient(shape.keys, ceilingQuotient(shape.keys, columns))))
      }
    } else {
      let step = space.step(effort: effort)
      isExhaustive = step == 1
      for rows in space.sizes(upTo: shape.queries, step: step) {
        guard let largest = space.largestColumns(rows: rows) else { break }
        for columns in space.sizes(upTo: largest, step: step) {
          let blocks = Blocks(rows: rows, columns: columns)
          if (try? options.pattern.validate(blocks, shape)) != nil { look(at: blocks) }
        }
      }
    }
    guard let best else {
      throw .option("The pattern goes with no block sizes that fit \(sram.byteCount ?? 0) bytes.")
    }
    (self.best, ledger, footprint) = best
    self.candidates = candidates
  }
}

/// The block sizes that fit, and what moves with them.
private struct BlockSpace {
  let programs: any AttentionAlgorithm.Type
  let request: AttentionRequest

  init(_ programs: any AttentionAlgorithm.Type, _ request: AttentionRequest) {
    self.programs = programs
    self.request = request
  }

  func ledger(_ blocks: Blocks) -> Ledger {
    programs.closedForm(
      blocks, request, live: BlockMaps(request.options, blocks, request.shape).live)
  }

  func fits(_ blocks: Blocks) -> Bool {
    guard let available = request.sram.byteCount else { return true }
    return programs.footprint(blocks, request) <= available
  }

  /// The largest B_c that fits beside B_r, or nil where none does; at most what fits beside a smaller
  /// B_r.
  func largestColumns(rows: Int, upTo most: Int? = nil) -> Int? {
    if !fits(Blocks(rows: rows, columns: 1)) { return nil }
    return largestCount(upTo: most ?? request.shape.keys) {
      fits(Blocks(rows: rows, columns: $0))
    }
  }

  /// Multiples of a step, and the size itself.
  func sizes(upTo size: Int, step: Int) -> [Int] {
    let multiples = Array(stride(from: step, through: size, by: step))
    return multiples.last == size ? multiples : multiples + [size]
  }

  /// The least step with which the pairs that fit have no more rows of blocks than `effort`.
  func step(effort: Int) -> Int {
    var step = 1
    while true {
      var rowCount = 0
      for rows in sizes(upTo: request.shape.queries, step: step) {
        guard rowCount <= effort, let columns = largestColumns(rows: rows) else { break }
        rowCount +=
          sizes(upTo: columns, step: step).count
          * (request.options.leavesAll ? 1 : ceilingQuotient(request.shape.queries, rows))
      }
      if rowCount <= effort { return step }
      step *= 2
    }
  }
}

/// The smallest block size for each number of blocks that a size can be cut into, in ascending order.
private func blockSizes(dividing size: Int) -> [Int] {
  var sizes: [Int] = []
  var blockSize = 1
  while blockSize <= size {
    sizes.append(blockSize)
    let count = ceilingQuotient(size, blockSize)
    // The smallest block size that gives fewer blocks.
    blockSize = count == 1 ? size + 1 : ceilingQuotient(size, count - 1)
  }
  return sizes
}

import Synchronization

/// The inputs of one call of `referenceGradients`.
///
/// Its work is cut into groups: a key head with the heads that attend to it. A thread computes whole
/// groups, so that each dK and dV has one writer, which adds in one order.
struct GradientProblem: Sendable {
  let shape: AttentionShape
  let scale: Double
  let query: [Float]
  let key: [Float]
  let value: [Float]
  let outputGradient: [Float]?
  let visibleKeys: (@Sendable (_ batch: Int, _ query: Int) -> [Range<Int>])?

  /// The most elements of a matrix of a block of rows, unless one row has more.
  let blockElements: Int

  /// The number of query rows that are computed at a time.
  var blockRows: Int {
    let columns = max(shape.keys, shape.headDim, shape.valueDim)
    return max(1, min(shape.queries, blockElements / columns))
  }

  /// Computes all groups on at most `threads` threads.
  func run(threads: Int) -> ReferenceGradients {
    let groups = Mutex([ReferenceGradients?](repeating: nil, count: shape.batch * shape.kvHeads))
    withBLASThreads(1) {
      share(jobs: shape.batch * shape.kvHeads, threads: threads) { jobs in
        useOneBLASThread()
        while let index = jobs.next() {
          var group = GradientGroup(index, of: self)
          group.compute()
          let result = group.result
          groups.withLock { $0[index] = result }
        }
      }
    }
    // The heads of a group follow one another, and so do those of the next.
    var all = ReferenceGradients(gradients: outputGradient != nil)
    for case let group? in groups.withLock({ $0 }) { all.append(group) }
    return all
  }

  /// The keys that a row sees, checked.
  func visibleKeys(batch: Int, query: Int) -> [Range<Int>] {
    guard let visibleKeys else { return [0..<shape.keys] }
    let ranges = visibleKeys(batch, query)
    var end = 0
    for range in ranges {
      precondition(range.lowerBound >= end, "Ranges of visible keys that overlap or descend")
      end = range.upperBound
    }
    precondition(end <= shape.keys, "Visible keys beyond the keys")
    return ranges
  }
}

extension ReferenceGradients {
  /// Adds what follows in every tensor.
  fileprivate mutating func append(_ next: ReferenceGradients) {
    output += next.output
    logSumExp += next.logSumExp
    queryGradient? += next.queryGradient ?? []
    keyGradient? += next.keyGradient ?? []
    valueGradient? += next.valueGradient ?? []
  }
}

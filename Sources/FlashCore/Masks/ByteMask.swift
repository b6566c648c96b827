@_spi(Host) internal import HBMSim

// The mask of attention that is run eagerly: a truth value an element in HBM, which says what rule,
// pattern and mask tensor say together. The host makes it, uncounted, before the first launch.

extension AttentionOptions {
  /// The mask as a tensor, with sequences and heads of its own only where they differ; nil where
  /// neither a rule nor a pattern nor a tensor rules anything out.
  func byteMask(for shape: AttentionShape) -> ScoreTensor? {
    if leavesAll && maskTensor == nil { return nil }
    return ScoreTensor(
      batch: mask.dependsOnBatch ? shape.batch : maskTensor?.batch ?? 1,
      heads: maskTensor?.heads ?? 1, queries: shape.queries, keys: shape.keys, elementType: .bool)
  }
}

extension ScoreTensor {
  /// How many elements.
  var elementCount: Int { matrices * queries * keys }

  /// The matrices of Q that each matrix serves.
  func heads(in shape: AttentionShape) -> [[Int]] {
    var heads = [[Int]](repeating: [], count: matrices)
    for h in 0..<shape.matrices {
      heads[matrix(batch: h / shape.heads, head: h % shape.heads)].append(h)
    }
    return heads
  }
}

extension AttentionProblem {
  /// The mask in HBM: the tensor that was given, where nothing but it rules anything out.
  func makeByteMask() -> HBMTensor<Queries, Keys>? {
    guard let mask = request.options.byteMask(for: shape) else { return nil }
    if request.options.leavesAll { return scoreTensors.mask }
    if machine.mode == .count {
      return memory.placeholder(
        "mask", matrices: mask.matrices, rows: mask.queries, columns: mask.keys, type: .bool)
    }
    let contents = HostBuffer(zeros: mask.elementCount, of: .bool)
    let given = scoreTensors.mask.flatMap { memory.contents(of: $0) }
    contents.withMutableTruthValues { values in
      for batch in 0..<mask.batch {
        for head in 0..<mask.heads {
          for query in 0..<mask.queries {
            let row = mask.row(batch: batch, head: head, query: query)
            for keys in visibleKeys(query: query, batch: batch) {
              for key in keys { values[row.lowerBound + key] = 1 }
            }
            guard let given, let tensor = request.options.maskTensor else { continue }
            given.withFloats(in: tensor.row(batch: batch, head: head, query: query)) { seen in
              for key in seen.indices where seen[key] == 0 { values[row.lowerBound + key] = 0 }
            }
          }
        }
      }
    }
    return memory.place(
      "mask", contents, matrices: mask.matrices, rows: mask.queries, columns: mask.keys)
  }

  /// The keys that rule and pattern let a query see.
  private func visibleKeys(query: Int, batch: Int) -> [Range<Int>] {
    let (map, i) = (maps[batch], query / blocks.rows)
    return request.options.mask.visibleKeys(query: query, batch: batch, in: shape).flatMap { seen in
      (seen.lowerBound / blocks.columns..<ceilingQuotient(seen.upperBound, blocks.columns))
        .filter { map.isLive(i, $0) }
        .map { seen.clamped(to: $0 * blocks.columns..<($0 + 1) * blocks.columns) }
    }
  }
}

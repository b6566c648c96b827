@_spi(TileStorage) internal import HBMSim
internal import KernelInterface

extension Dropout {
  /// Which weights of some queries for some keys are kept, as by ``keeps(batch:head:query:key:)``: query
  /// by query.
  ///
  /// - Precondition: All numbers are at least 0 and less than 2³².
  /// - Complexity: A quarter of a ``Philox`` an element, and memory for a row of floats beside the
  ///   result.
  public func mask(
    batch: Int, head: Int, queries: Range<Int>, keys: Range<Int>
  ) -> [Bool] {
    // What drops weights drops ones as well.
    let kernel = InstructionSet.best.kernels.dropoutHorizontal
    let (count, stride) = (keys.count, paddedStride(lanes: keys.count))
    var site = DropoutSite(
      seed: seed, threshold: threshold, scale: 1, batch: batch, head: head,
      firstQuery: queries.lowerBound, firstKey: keys.lowerBound)
    precondition(site.isNumbered(rows: queries.count, columns: count), "Dropout out of range")
    return [Bool](unsafeUninitializedCapacity: queries.count * count) { kept, initialized in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: stride) { row in
        guard let base = row.baseAddress, count > 0 else { return }
        for query in queries {
          site.firstQuery = query
          row.initialize(repeating: 1)
          kernel(base, 1, count, stride, site)
          for key in 0..<count { kept.initializeElement(at: initialized + key, to: row[key] != 0) }
          initialized += count
        }
      }
    }
  }
}

extension DropoutSite {
  /// Whether words of 32 bits number all elements of a tile.
  func isNumbered(rows: Int, columns: Int) -> Bool {
    let end = 1 << 32
    return 0 <= batch && batch < end && 0 <= head && head < end && 0 <= firstQuery
      && firstQuery + rows <= end && 0 <= firstKey && firstKey + columns <= end
  }
}

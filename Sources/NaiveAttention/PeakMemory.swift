extension AttentionShape {
  /// The bytes of the scores S of one head, its rows padded to whole vectors.
  public var scoreBytes: Int {
    queries * ScoreMatrix.stride(columns: keys) * MemoryLayout<Float>.stride
  }

  /// The bytes that naive attention allocates at its peak: results, and S for each head in flight.
  ///
  ///     heads in flight = threads, if there are as many heads; otherwise 1
  ///     peak = inFlight · (Nq · ⌈Nk⌉ + Nq) · 4 + batch · heads · Nq · (valueDim + 1) · 4
  ///
  /// where ⌈Nk⌉ is the next multiple of 8. Inputs and the buffers of OpenBLAS come on top.
  ///
  /// - Parameter threads: The number of threads; `nil` stands for every core.
  /// - Returns: A number of bytes; an upper bound if `threads` exceeds the cores of the machine.
  /// - Throws: `notPositive` for fewer threads than 1.
  public func naivePeakMemory(threads: Int? = nil) throws(NaiveAttentionError) -> Int {
    let threads = try resolve(threads: threads)
    let inFlight = allHeads >= threads ? threads : 1
    let normalizerBytes = queries * MemoryLayout<Float>.stride
    let resultBytes = (outputCount + rowCount) * MemoryLayout<Float>.stride
    return inFlight * (scoreBytes + normalizerBytes) + resultBytes
  }
}

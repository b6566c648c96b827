internal import HBMSim

extension Ledger {
  /// The elements of tensors that are neither inputs nor results. All that is written of a tensor is
  /// taken to be written in each phase that writes it, and once in one of them, as it is in every
  /// algorithm here.
  var intermediateElements: Int {
    let ends: Set = ["Q", "K", "V", "O", "dO", "dQ", "dK", "dV", "R"]
    return tensors.filter { !ends.contains($0) }.reduce(0) { sum, tensor in
      let writes = entries.filter { $0.tensor == tensor }.map(\.traffic.writtenElements)
      return sum + (writes.filter { $0 > 0 }.min() ?? 0)
    }
  }
}

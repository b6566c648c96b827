internal import FlashCore

extension AttentionPlan {
  /// The elements of tensors in HBM that are neither inputs nor results, as allocated in a run that
  /// counts.
  ///
  /// - Precondition: The machine only counts.
  func intermediateElements() throws -> Int {
    hbmFootprint(of: try count()).entries.reduce(0) { sum, entry in
      switch entry.role {
      case .input, .output: sum
      case .saved, .temporary: sum + entry.allocation.elements
      }
    }
  }

  /// The bytes of all tensors in HBM, as allocated in a run that counts.
  ///
  /// - Precondition: The machine only counts.
  func allocatedBytes() throws -> Int { hbmFootprint(of: try count()).bytes }
}

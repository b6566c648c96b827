internal import FlashCore

extension AttentionShape {
  /// The heads of queries, and those of keys where they are others.
  var headsText: String { kvHeads == heads ? "\(heads)" : "\(heads) on \(kvHeads)" }

  /// The columns of Q and K, and those of V where they are others.
  var widthsText: String { headDim == valueDim ? "\(headDim)" : "\(headDim)/\(valueDim)" }
}

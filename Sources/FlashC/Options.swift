internal import CFlashAttention
@_spi(Host) internal import FlashCore

extension flash_attention_parameters {
  /// Masks, bias, soft cap, slopes and dropout; what is wrong with them beyond their form is found
  /// when attention is planned.
  func options(for shape: AttentionShape) throws(CallError) -> AttentionOptions {
    var options = AttentionOptions(mask: try rules(for: shape))
    if mask != nil {
      try check(mask, "mask", alignment: 1)
      options.maskTensor = ScoreTensor(
        batch: Int(mask_batch), heads: Int(mask_heads), queries: shape.queries, keys: shape.keys,
        elementType: .bool)
    }
    if bias != nil {
      let type = try bias_type.type("elements of the bias")
      try check(bias, "bias", alignment: type.size)
      options.bias = ScoreTensor(
        batch: Int(bias_batch), heads: Int(bias_heads), queries: shape.queries, keys: shape.keys,
        elementType: type)
    }
    if softcap != 0 { options.softcap = softcap }
    if let slopes = alibi_slopes {
      let first = try present(slopes, "ALiBi slopes")
      options.slopes = Array(UnsafeBufferPointer(start: first, count: shape.heads))
    }
    if dropout != 0 {
      // Words of 32 bits number the places of weights.
      let largest = max(shape.batch, shape.heads, shape.queries, shape.keys)
      if largest >= 1 << 32 {
        throw CallError(
          FLASH_ERROR_SHAPE, "Dropout numbers up to \(1 << 32) places, and a size is \(largest).")
      }
      options.dropout = Dropout(probability: dropout, seed: seed)
    }
    return options
  }

  /// The rules of who sees whom.
  private func rules(for shape: AttentionShape) throws(CallError) -> Mask {
    var mask = Mask.none
    switch causal {
    case FLASH_NOT_CAUSAL: mask.causal = nil
    case FLASH_CAUSAL_TOP_LEFT: mask.causal = .topLeft
    case FLASH_CAUSAL_BOTTOM_RIGHT: mask.causal = .bottomRight
    default:
      throw CallError(
        FLASH_ERROR_OPTION, "`causal` is \(causal.rawValue), and alignments are 0 to 2.")
    }
    // More than all keys are all keys, and cannot overflow.
    let most = shape.queries + shape.keys
    switch has_window {
    case 0: break
    case 1:
      mask.window = Mask.Window(
        left: window_left < 0 ? nil : min(Int(window_left), most),
        right: window_right < 0 ? nil : min(Int(window_right), most))
    default:
      throw CallError(FLASH_ERROR_OPTION, "`has_window` is \(has_window), and is to be 0 or 1.")
    }
    mask.sinks = min(Int(sinks), most)
    mask.keyLengths = try integers(key_lengths, "key lengths", count: shape.batch)
    if packed_sequences < 0 || packed_sequences > most {
      throw CallError(
        FLASH_ERROR_OPTION,
        "\(packed_sequences) packed sequences are not between 0 and \(most) tokens.")
    }
    if packed_sequences > 0 {
      let count = Int(packed_sequences) + 1
      try check(packed_queries, "packed queries", alignment: MemoryLayout<Int64>.alignment)
      mask.packing = Mask.Packing(
        queries: try integers(packed_queries, "packed queries", count: count) ?? [],
        keys: try integers(packed_keys, "packed keys", count: count))
    }
    return mask
  }

  /// What an optional pointer points to.
  private func integers(
    _ pointer: UnsafePointer<Int64>?, _ name: String, count: Int
  ) throws(CallError) -> [Int]? {
    guard let pointer else { return nil }
    return UnsafeBufferPointer(start: try present(pointer, name), count: count).map { Int($0) }
  }
}

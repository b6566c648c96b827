internal import FlashCore
internal import HBMSim

/// One thing whose speed is measured: a point of the cross product.
struct BenchCase: Sendable {
  var shape = BenchShape.usual[0]
  var mask = BenchMask.none
  var pass = Pass.forward
  var type = ElementType.f32
  var tiling = Tiling.fast
  var threads = Machine.hostCores

  /// The operations of the products by which speeds are compared: 4·N²·d a head forward and 10·N²·d
  /// backward, half of it under a causal mask. A program may do more, where a block of scores is masked
  /// in part.
  var operations: Double {
    let n = Double(shape.tokens)
    let factor =
      switch pass {
      case .forward: 4.0
      case .backward: 10.0
      case .both: 14.0
      }
    let all = factor * n * n * Double(shape.headDim) * Double(shape.heads)
    return mask == .causal ? all / 2 : all
  }

  /// The plan of FlashAttention-2 on this computer.
  ///
  /// - Parameters:
  ///   - mode: Whether it is to compute.
  ///   - pass: Another pass than that which is measured.
  func plan(
    mode: Machine.Mode = .execute, pass: Pass? = nil
  ) throws(AttentionError) -> AttentionPlan {
    var machine = Machine.host
    machine.mode = mode
    machine.threads = threads
    var options = AttentionOptions()
    if mask == .causal { options.mask.causal = .topLeft }
    return try AttentionPlan(
      .flash2, pass: pass ?? self.pass,
      shape: AttentionShape(
        heads: shape.heads, queries: shape.tokens, headDim: shape.headDim),
      options: options, precision: Precision(type), tiling: tiling, on: machine)
  }
}

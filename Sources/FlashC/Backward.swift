public import CFlashAttention
@_spi(Host) internal import FlashCore

/// See flash_attention.h.
@c @implementation
public func flash_attention_backward(
  _ parameters: UnsafePointer<flash_attention_parameters>?, _ query: UnsafeRawPointer?,
  _ key: UnsafeRawPointer?, _ value: UnsafeRawPointer?, _ output: UnsafeRawPointer?,
  _ log_sum_exp: UnsafePointer<Float>?, _ output_gradient: UnsafeRawPointer?,
  _ query_gradient: UnsafeMutableRawPointer?, _ key_gradient: UnsafeMutableRawPointer?,
  _ value_gradient: UnsafeMutableRawPointer?,
  _ traffic: UnsafeMutablePointer<flash_attention_traffic>?
) -> flash_status {
  reporting { () throws(CallError) in
    let request = try Request(parameters, .backward)
    let Q = try request.input(query, "query", request.queryShape)
    let K = try request.input(key, "key", request.keyShape)
    let V = try request.input(value, "value", request.valueShape)
    let dO = try request.input(output_gradient, "output gradient", request.outputShape)
    let (mask, bias) = (try request.mask(), try request.bias())
    let forward = try request.forward(output, log_sum_exp)
    let dQ = try request.result(query_gradient, "query gradient", request.queryShape)
    let dK = try request.result(key_gradient, "key gradient", request.keyShape)
    let dV = try request.result(value_gradient, "value gradient", request.valueShape)
    var memory = ResultMemory()
    (memory.queryGradient, memory.keyGradient, memory.valueGradient) = (dQ, dK, dV)
    let result = try request.run(traffic: traffic) { () throws(AttentionError) in
      try request.plan(
        query: Q, key: K, value: V, outputGradient: dO, mask: mask, bias: bias, forward: forward,
        into: memory)
    }
    guard let gradients = result.gradients else {
      preconditionFailure("A backward pass without gradients")
    }
    request.deliver(gradients.query, to: dQ)
    request.deliver(gradients.key, to: dK)
    request.deliver(gradients.value, to: dV)
  }
}

extension Request {
  /// What a forward pass gave, where it is given whole and the algorithm can go on from it.
  fileprivate func forward(
    _ output: UnsafeRawPointer?, _ logSumExp: UnsafePointer<Float>?
  ) throws(CallError) -> ForwardResult? {
    if output == nil && logSumExp == nil { return nil }
    let O = try input(output, "output", outputShape)
    let L = try input(logSumExp, "log-sum-exp", rowShape, .f32)
    return algorithm.resumesFromOutput ? ForwardResult(output: O, logSumExp: L) : nil
  }
}

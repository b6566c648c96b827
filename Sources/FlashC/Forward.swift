public import CFlashAttention
@_spi(Host) internal import FlashCore

/// See flash_attention.h.
@c @implementation
public func flash_attention_forward(
  _ parameters: UnsafePointer<flash_attention_parameters>?, _ query: UnsafeRawPointer?,
  _ key: UnsafeRawPointer?, _ value: UnsafeRawPointer?, _ output: UnsafeMutableRawPointer?,
  _ log_sum_exp: UnsafeMutablePointer<Float>?,
  _ traffic: UnsafeMutablePointer<flash_attention_traffic>?
) -> flash_status {
  reporting { () throws(CallError) in
    let request = try Request(parameters, .forward)
    let Q = try request.input(query, "query", request.queryShape)
    let K = try request.input(key, "key", request.keyShape)
    let V = try request.input(value, "value", request.valueShape)
    let (mask, bias) = (try request.mask(), try request.bias())
    let O = try request.result(output, "output", request.outputShape)
    var memory = ResultMemory()
    memory.output = O
    if let log_sum_exp {
      memory.logSumExp = try request.result(log_sum_exp, "log-sum-exp", request.rowShape, .f32)
    }
    let result = try request.run(traffic: traffic) { () throws(AttentionError) in
      try request.plan(query: Q, key: K, value: V, mask: mask, bias: bias, into: memory)
    }
    request.deliver(result.output, to: O)
    if let L = memory.logSumExp { request.deliver(result.logSumExp, to: L) }
  }
}

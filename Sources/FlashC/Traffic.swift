internal import CFlashAttention
@_spi(Host) internal import FlashCore

extension Request {
  /// Runs a call, and writes what it moved where a caller wants to know.
  func run(
    traffic pointer: UnsafeMutablePointer<flash_attention_traffic>?,
    _ body: () throws(AttentionError) -> AttentionResult
  ) throws(CallError) -> AttentionResult {
    _ = try flash_attention_traffic.size(pointer)
    let clock = ContinuousClock()
    let start = clock.now
    let result: AttentionResult
    do throws(AttentionError) {
      result = try body()
    } catch {
      throw CallError(error)
    }
    let duration = clock.now - start
    guard let pointer else { return result }
    let (traffic, execution) = (result.traffic, result.execution)
    let seconds =
      Double(duration.components.seconds) + 1e-18 * Double(duration.components.attoseconds)
    pointer.pointee = flash_attention_traffic(
      struct_size: pointer.pointee.struct_size, algorithm: flash_algorithm(algorithm),
      read_elements: Int64(traffic.readElements), written_elements: Int64(traffic.writtenElements),
      read_bytes: Int64(traffic.readBytes), written_bytes: Int64(traffic.writtenBytes),
      peak_sram_bytes: Int64(execution.peakSRAM),
      matmul_flops: Int64(execution.operations.matmul),
      exponentials: Int64(execution.operations.exp),
      other_operations: Int64(execution.operations.other),
      block_rows: Int64(plan.blocks.rows), block_columns: Int64(plan.blocks.columns),
      splits: Int64(plan.splits ?? 1), threads: Int64(plan.machine.threads), seconds: seconds)
    return result
  }
}

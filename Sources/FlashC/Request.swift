internal import CFlashAttention
@_spi(Host) internal import FlashCore

/// What a caller asks for, in this package's terms.
struct Request {
  let parameters: flash_attention_parameters
  let shape: AttentionShape
  let elementType: ElementType
  let algorithm: Algorithm
  let plan: AttentionPlan

  /// - Throws: ``CallError`` where sizes or options do not go together.
  init(
    _ pointer: UnsafePointer<flash_attention_parameters>?, _ pass: Pass
  ) throws(CallError) {
    parameters = try .read(pointer)
    elementType = try parameters.element_type.type("elements")
    let threads = try parameters.chosenThreads
    if parameters.reserved != 0 {
      throw CallError(FLASH_ERROR_OPTION, "`reserved` is \(parameters.reserved), and is to be 0.")
    }
    do throws(AttentionError) {
      shape = try AttentionShape(
        batch: Int(parameters.batch), heads: Int(parameters.heads),
        kvHeads: Int(parameters.kv_heads), queries: Int(parameters.queries),
        keys: Int(parameters.keys), headDim: Int(parameters.head_dim),
        valueDim: Int(parameters.value_dim))
    } catch {
      throw CallError(error)
    }
    algorithm = try parameters.algorithm.algorithm(for: shape, pass)
    let options = try parameters.options(for: shape)
    let scale = parameters.scale
    do throws(AttentionError) {
      // Sums in memory are f32 whatever matrices are: rounding dQ once a block of keys would show.
      plan = try AttentionPlan(
        algorithm, pass: pass, shape: shape, options: options,
        precision: Precision(elementType, accumulatorType: .f32),
        scale: scale == 0 || scale.isNaN ? nil : scale,
        tiling: parameters.sram_bytes == 0 ? .fast : .fit,
        splits: parameters.splits == 0 ? nil : Int(parameters.splits),
        on: Machine(sram: try parameters.sram, threads: threads ?? Machine.host(for: shape).threads)
      )
    } catch {
      throw CallError(error)
    }
  }
}

extension flash_attention_parameters {
  /// How many threads were asked for; nil where they are left to us.
  fileprivate var chosenThreads: Int? {
    get throws(CallError) {
      if threads == 0 { return nil }
      if !(0...1024).contains(threads) {
        throw CallError(FLASH_ERROR_OPTION, "\(threads) threads are not between 0 and 1024.")
      }
      return Int(threads)
    }
  }

  fileprivate var sram: Capacity {
    get throws(AttentionError) {
      if sram_bytes == 0 { return Machine.host.sram }
      if sram_bytes < 0 { throw .sizeNotPositive(name: "sram_bytes", size: Int(sram_bytes)) }
      // A tebibyte is more than any core has, and its tiles on all threads can be counted in an Int.
      return .bytes(min(Int(sram_bytes), 1 << 40))
    }
  }
}

extension flash_element_type {
  /// - Throws: ``CallError`` where there is no such type.
  func type(_ name: String) throws(CallError) -> ElementType {
    switch self {
    case FLASH_F32: return .f32
    case FLASH_F16: return .f16
    case FLASH_BF16: return .bf16
    default:
      throw CallError(
        FLASH_ERROR_OPTION, "The \(name) have type \(rawValue), and types are 0 to 2.")
    }
  }
}

extension flash_algorithm {
  /// The algorithm that is named, or the default for a shape.
  ///
  /// Flash-decoding for a forward pass of 8 queries or fewer, half of what fills a vector: its lanes run
  /// along features, and K and V are read once for all heads that share them. On one thread of an EPYC
  /// with AVX-512 and 16 to 8192 keys, it took 0.67 to 1.12 of FlashAttention-2's time with 12 heads on
  /// 12 and 0.46 to 0.83 with 32 on 8; with 15 queries 1.1 to 1.4, and 0.9 to 1.1. Threads are not asked:
  /// results do not depend on them.
  func algorithm(for shape: AttentionShape, _ pass: Pass) throws(CallError) -> Algorithm {
    switch self {
    case FLASH_DEFAULT: return pass == .forward && shape.queries <= 8 ? .splitKV : .flash2
    case FLASH_FLASH2: return .flash2
    case FLASH_SPLIT_KV: return .splitKV
    case FLASH_FLASH1: return .flash1
    case FLASH_STANDARD: return .standard
    case FLASH_SQUARE_TILING: return .squareTiling
    case FLASH_STANDARD_EAGER: return .standardEager
    default:
      throw CallError(
        FLASH_ERROR_OPTION, "There is no algorithm \(rawValue), and algorithms are 0 to 6.")
    }
  }

  init(_ algorithm: Algorithm) {
    self =
      switch algorithm {
      case .flash2: FLASH_FLASH2
      case .splitKV: FLASH_SPLIT_KV
      case .flash1: FLASH_FLASH1
      case .standard: FLASH_STANDARD
      case .standardEager: FLASH_STANDARD_EAGER
      case .squareTiling: FLASH_SQUARE_TILING
      }
  }
}

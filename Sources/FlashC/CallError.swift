internal import CFlashAttention
internal import FlashCore

/// Why a call failed: a code, and a sentence with the numbers that disagree.
struct CallError: Error {
  let status: flash_status
  let sentence: String

  init(_ status: flash_status, _ sentence: String) {
    self.status = status
    self.sentence = sentence
  }

  init(_ error: AttentionError) {
    self.init(error.status, error.description)
  }
}

extension AttentionError {
  fileprivate var status: flash_status {
    switch self {
    case .sizeNotPositive(name: "splits", _), .elementTypesDisagree, .paperTilingNeedsCapacity,
      .option, .mask, .nothingToMerge:
      FLASH_ERROR_OPTION
    case .sizeNotPositive, .wrongRank, .wrongShape, .shapesDisagree, .headsDoNotDivide,
      .tooManyElements, .elementCount:
      FLASH_ERROR_SHAPE
    case .insufficientSRAM, .launch: FLASH_ERROR_SRAM
    case .insufficientMemory: FLASH_ERROR_MEMORY
    }
  }
}

/// Runs the body of a function of the interface: its error becomes a code, and the thread's message.
func reporting(_ body: () throws(CallError) -> Void) -> flash_status {
  do throws(CallError) {
    try body()
    return FLASH_OK
  } catch {
    var sentence = error.sentence
    sentence.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        if let first = $0.baseAddress { flash_set_last_error_message(first, $0.count) }
      }
    }
    return error.status
  }
}

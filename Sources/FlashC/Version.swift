internal import CFlashAttention

/// See flash_attention.h.
@c @implementation
public func flash_version() -> UnsafePointer<CChar>? {
  version.utf8Start.withMemoryRebound(to: CChar.self, capacity: version.utf8CodeUnitCount + 1) {
    $0
  }
}

/// Of the package; a test compares it with the command's.
private let version: StaticString = "0.1.0"

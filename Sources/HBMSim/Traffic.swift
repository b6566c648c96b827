/// What moved between HBM and the SRAM of cores.
public struct Traffic: Sendable, Hashable, AdditiveArithmetic {
  /// Elements read from HBM.
  public var readElements: Int
  /// Elements written to HBM.
  public var writtenElements: Int
  /// Bytes read from HBM.
  public var readBytes: Int
  /// Bytes written to HBM.
  public var writtenBytes: Int

  /// Creates traffic; nothing, unless told otherwise.
  public init(
    readElements: Int = 0, writtenElements: Int = 0, readBytes: Int = 0, writtenBytes: Int = 0
  ) {
    self.readElements = readElements
    self.writtenElements = writtenElements
    self.readBytes = readBytes
    self.writtenBytes = writtenBytes
  }

  /// `reads` elements read and `writes` written, of one element type.
  public init(reads: Int = 0, writes: Int = 0, of type: ElementType) {
    self.init(
      readElements: reads, writtenElements: writes,
      readBytes: reads * type.size, writtenBytes: writes * type.size)
  }

  /// Elements moved either way.
  public var elements: Int { readElements + writtenElements }

  /// Bytes moved either way.
  public var bytes: Int { readBytes + writtenBytes }

  /// No traffic.
  public static let zero = Traffic()

  /// The sum, counter by counter.
  public static func + (a: Traffic, b: Traffic) -> Traffic {
    Traffic(
      readElements: a.readElements + b.readElements,
      writtenElements: a.writtenElements + b.writtenElements,
      readBytes: a.readBytes + b.readBytes,
      writtenBytes: a.writtenBytes + b.writtenBytes)
  }

  /// The difference, counter by counter.
  public static func - (a: Traffic, b: Traffic) -> Traffic {
    Traffic(
      readElements: a.readElements - b.readElements,
      writtenElements: a.writtenElements - b.writtenElements,
      readBytes: a.readBytes - b.readBytes,
      writtenBytes: a.writtenBytes - b.writtenBytes)
  }

  /// As much traffic `count` times over.
  public static func * (traffic: Traffic, count: Int) -> Traffic {
    Traffic(
      readElements: traffic.readElements * count,
      writtenElements: traffic.writtenElements * count,
      readBytes: traffic.readBytes * count,
      writtenBytes: traffic.writtenBytes * count)
  }
}

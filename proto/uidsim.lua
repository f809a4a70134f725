-- Shows captures of uidsim in Wireshark: each frame is a row of messages, each with its length before it, of the type
-- uidsim.redistribution.v1.Message. Needs the folder of redistribution.proto among the Protobuf search paths; see docs/exports.md.
local messages = Proto("uidsim", "uidsim frames")
local protobuf = Dissector.get("protobuf")

-- The number at `at` in base 128, the least digit first, and where it ends; nil where it is not all there.
local function varint(buffer, at)
  local value, scale = 0, 1
  while at < buffer:len() do
    local byte = buffer(at, 1):uint()
    value = value + (byte % 128) * scale
    at = at + 1
    if byte < 128 then return value, at end
    scale = scale * 128
    if scale > 2 ^ 35 then return nil end
  end
  return nil
end

function messages.dissector(buffer, packet, tree)
  packet.cols.protocol = "uidsim"
  local at = 0
  while at < buffer:len() do
    local length, begin = varint(buffer, at)
    if length == nil or begin + length > buffer:len() then
      if packet.can_desegment > 0 then
        packet.desegment_offset = at
        packet.desegment_len = length and begin + length - buffer:len() or DESEGMENT_ONE_MORE_SEGMENT
      end
      return buffer:len()
    end
    packet.private["pb_msg_type"] = "message,uidsim.redistribution.v1.Message"
    protobuf:call(buffer(begin, length):tvb(), packet, tree:add(messages, buffer(at, begin + length - at)))
    at = begin + length
  end
  return at
end

-- 5007 redistribution, 135 polled logs, 514 pushes, 443 the XML API, 28260 HA1; others by Decode As.
for _, port in ipairs({ 5007, 135, 514, 443, 28260 }) do
  DissectorTable.get("tcp.port"):add(port, messages)
  DissectorTable.get("udp.port"):add(port, messages)
end

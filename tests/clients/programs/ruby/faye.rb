# The client of faye-websocket on EventMachine, walked through its steps as tests/clients/README.md describes them.
require 'eventmachine'
require 'faye/websocket'
require 'json'

TEXT = '0123456789 grüße ✓ 😀 '.freeze
Closed = Struct.new(:code, :reason)

class Walk
  def initialize(token)
    @token = token
  end

  def connect(target)
    url, *offered = target.split
    @came = Queue.new
    @skipped = []
    came = @came
    EM.schedule do
      @socket = Faye::WebSocket::Client.new(url, offered)
      @socket.on(:open) { came << :open }
      @socket.on(:message) { |event| came << event.data }
      @socket.on(:error) { |event| came << RuntimeError.new(event.message) }
      @socket.on(:close) { |event| came << Closed.new(event.code, event.reason) }
    end
    receive
    { subprotocol: @socket.protocol }
  end

  def connection(_)
    frame = read_to('connection')
    @id = frame['clientId']
    { frame: frame, skipped: @skipped }
  end

  def authenticate(presence)
    say({ type: 'authenticate', token: @token }.merge(presence.empty? ? {} : { presence: presence }))
    { frame: read_to('authentication') }
  end

  def admitted(_) = { frame: read_to('authentication') }
  def user_list(_) = { frame: read_to('user_list') }

  def message(_)
    content = { 'from' => @id, 'text' => TEXT, 'values' => [1, 2.5, nil, true] }
    say(type: 'message', content: content)
    { frame: read_to('message') { |frame| frame['content'] == content }, skipped: @skipped }
  end

  def direct(_)
    say(type: 'direct', to: @id, content: "to #{@id}", messageId: 7)
    frames = {}
    until frames['direct'] && frames['message_delivered']
      frame = JSON.parse(receive)
      frames[frame['type']] = frame
    end
    { frame: frames['message_delivered'], direct: frames['direct'] }
  end

  def large(size)
    marker = "#{@id} "
    content = marker + (TEXT * ((size.to_i - marker.bytesize) / TEXT.bytesize))
    say(type: 'message', content: content)
    raw = receive until raw&.start_with?('{"type":"message"') && raw.include?(marker)
    { bytes: content.bytesize, same: raw.include?("\"content\":#{JSON.generate(content)}") }
  end

  def close(_)
    EM.schedule { @socket.close(1000, 'bye') }
    wait('')
  end

  def wait(_)
    loop { receive }
  rescue IOError
    { code: @closed.code, reason: @closed.reason }
  end

  private

  def say(message)
    text = JSON.generate(message)
    EM.schedule { @socket.send(text) }
  end

  def receive
    item = @came.pop
    raise item if item.is_a?(Exception)
    return item unless item.is_a?(Closed)

    @closed = item
    raise IOError, "closed with #{item.code} #{item.reason}"
  end

  def read_to(type)
    loop do
      frame = JSON.parse(receive)
      return frame if frame['type'] == type && (!block_given? || yield(frame))
      raise frame['message'] if frame['type'] == 'error'

      @skipped << frame['type']
    end
  end
end

Thread.new { EM.run }
Thread.pass until EM.reactor_running?
token, *steps = ARGV
client = Walk.new(token)
broken = false
steps.each do |step|
  name, value = step.split('=', 2)
  next if broken && name != 'connect'

  begin
    seen = client.public_send(name, value.to_s)
    broken = false
  rescue StandardError => e
    seen = { error: e.message }
    broken = true
  end
  puts JSON.generate({ step: name }.merge(seen)).sub('"step":', '"step": ')
  $stdout.flush
end
exit!(0)

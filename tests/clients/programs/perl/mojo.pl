# Mojo::UserAgent, walked through its steps as tests/clients/README.md describes them.
use v5.36;
use utf8;
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json false true);
use Mojo::UserAgent;
use Mojo::Util qw(encode decode);

my $TEXT = '0123456789 grüße ✓ 😀 ';
my ($token, @steps) = @ARGV;
my $agent = Mojo::UserAgent->new(inactivity_timeout => 0, max_response_size => 0);
my ($socket, $id, $closed, @came, @skipped);
$| = 1;

sub receive {
  Mojo::IOLoop->one_tick while !@came && !$closed;
  return shift @came if @came;
  die "closed with $closed->[0] $closed->[1]\n";
}

sub say_ ($message) { $socket->send({text => encode_json $message}) }

sub read_to ($type, $matches = sub { 1 }) {
  while (1) {
    my $frame = decode_json receive();
    return $frame if $frame->{type} eq $type && $matches->($frame);
    die "$frame->{code}: $frame->{message}\n" if $frame->{type} eq 'error';
    push @skipped, $frame->{type};
  }
}

my %do = (
  connect => sub ($target) {
    my ($url, @offered) = split ' ', $target;
    my $failure;
    ($socket, $closed, @came, @skipped) = (undef, undef);
    $agent->websocket(
      $url => [@offered] => sub ($agent, $tx) {
        if (!$tx->is_websocket) {
          my $error = $tx->error // {};
          return $failure = join ' ', 'refused:', $error->{code} // '', $error->{message} // '';
        }
        $tx->max_websocket_size(2 << 20);
        $tx->on(text   => sub ($tx, $bytes) { push @came, $bytes });
        $tx->on(finish => sub ($tx, $code, $reason = '') { $closed = [$code, $reason // ''] });
        $socket = $tx;
      }
    );
    Mojo::IOLoop->one_tick while !$socket && !$failure;
    die "$failure\n" if $failure;
    return (subprotocol => $socket->protocol);
  },
  connection => sub ($) {
    my $frame = read_to('connection');
    $id = $frame->{clientId};
    return (frame => $frame, skipped => [@skipped]);
  },
  authenticate => sub ($presence) {
    say_({type => 'authenticate', token => $token, $presence ? (presence => $presence) : ()});
    return (frame => read_to('authentication'));
  },
  admitted  => sub ($) { (frame => read_to('authentication')) },
  user_list => sub ($) { (frame => read_to('user_list')) },
  message   => sub ($) {
    say_({type => 'message', content => {from => $id, text => $TEXT, values => [1, 2.5, undef, true]}});
    my $frame = read_to('message', sub ($frame) { ref $frame->{content} && $frame->{content}{from} eq $id });
    return (frame => $frame, skipped => [@skipped]);
  },
  direct => sub ($) {
    my %frames;
    say_({type => 'direct', to => $id, content => "to $id", messageId => 7});
    while (!$frames{direct} || !$frames{message_delivered}) {
      my $frame = decode_json receive();
      $frames{$frame->{type}} = $frame;
    }
    return (frame => $frames{message_delivered}, direct => $frames{direct});
  },
  large => sub ($size) {
    my $unit    = encode 'UTF-8', $TEXT;
    my $content = "$id " . $unit x (($size - length "$id ") / length $unit);
    $socket->send({text => qq({"type":"message","content":"$content"})});
    my $raw = '';
    $raw = receive() until $raw =~ /^\{"type":"message"/ && index($raw, "$id ") >= 0;
    return (bytes => length $content, same => index($raw, qq("content":"$content")) >= 0 ? true : false);
  },
  close => sub ($) { $socket->finish(1000 => 'bye'); return ended() },
  wait  => sub ($) { return ended() },
);

sub ended {
  Mojo::IOLoop->one_tick while !$closed;
  return (code => $closed->[0], reason => $closed->[1]);
}

my $broken;
for my $step (@steps) {
  my ($name, $value) = split /=/, $step, 2;
  next if $broken && $name ne 'connect';
  my @seen = eval { $do{$name}->($value // '') };
  $broken = $@;
  @seen   = (error => "$broken") if $broken;
  say qq({"step": "$name", ) . substr encode_json({@seen}), 1;
}

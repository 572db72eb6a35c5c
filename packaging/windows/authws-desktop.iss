; Setup for Windows: for this user only, without an administrator. Compiled by `python dev.py package`, which
; gives Version, Numbers, FileName, Allowed, Bundle, Notices, Icon and Out, Homepage where there is one, and
; Signed where it gives a sign tool, too. Needs Inno Setup 6.3 or newer (architecture identifiers).

#define Name "Authws Desktop"
#define Program "Authws Desktop.exe"
#define CommandLine "authws-desktop.exe"
#define DataFolder "authws-desktop"

[Setup]
; This names the program to Windows: never change it, or upgrades install beside the old version.
AppId={{6B0E3C52-5B53-4B6E-9C52-6C0B7B8B1D77}
AppName={#Name}
AppVersion={#Version}
AppVerName={#Name} {#Version}
AppPublisher=The Authws Desktop maintainers
#ifdef Homepage
AppPublisherURL={#Homepage}
#endif
VersionInfoVersion={#Numbers}
#ifdef Signed
SignTool=authws
#endif
PrivilegesRequired=lowest
DefaultDirName={autopf}\{#Name}
DisableProgramGroupPage=yes
DisableDirPage=auto
UninstallDisplayIcon={app}\{#Program}
UninstallDisplayName={#Name}
SetupIconFile={#Icon}
LicenseFile={#Notices}\LICENSE.txt
InfoAfterFile=firewall.txt
OutputDir={#Out}
OutputBaseFilename={#FileName}
ArchitecturesAllowed={#Allowed}
ArchitecturesInstallIn64BitMode={#Allowed}
MinVersion=10.0.17763
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
; A running program is asked to close, which stops its server and tells its clients; it is not restarted.
CloseApplications=yes
RestartApplications=no
ChangesEnvironment=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[CustomMessages]
en.CommandLineTask=Make the command "authws-desktop" known in terminals (adds a folder to your PATH)
de.CommandLineTask=Den Befehl "authws-desktop" in Terminals bekannt machen (ergänzt Ihren PATH)
en.StartNow=Start {#Name} now
de.StartNow={#Name} jetzt starten
en.StartMenuServe={#Name} (start the server at once)
de.StartMenuServe={#Name} (Server gleich starten)
en.KeepData=Keep your accounts, settings and logs?%n%n%1%n%nYes keeps them for a later installation. No deletes them for good.
de.KeepData=Konten, Einstellungen und Protokolle behalten?%n%n%1%n%nJa behält sie für eine spätere Installation. Nein löscht sie endgültig.
en.DataInUse=Some files could not be deleted. They are in%n%n%1
de.DataInUse=Einige Dateien ließen sich nicht löschen. Sie liegen in%n%n%1
en.IsDowngrade=Version %1 is installed, which is newer than {#Version}. An older version may refuse to open newer data; nothing is lost then. Install it anyway?
de.IsDowngrade=Version %1 ist installiert, sie ist neuer als {#Version}. Eine ältere Version kann es ablehnen, neuere Daten zu öffnen; verloren geht dabei nichts. Trotzdem installieren?

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "{cm:CommandLineTask}"

[InstallDelete]
; Files of an older version that this one no longer has would be loaded in place of newer ones.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "{#Notices}\*"; DestDir: "{app}\licences"; Flags: ignoreversion

[Icons]
Name: "{autoprograms}\{#Name}"; Filename: "{app}\{#Program}"; AppUserModelID: "authws-desktop"
Name: "{autoprograms}\{cm:StartMenuServe}"; Filename: "{app}\{#Program}"; Parameters: "--start"
Name: "{autodesktop}\{#Name}"; Filename: "{app}\{#Program}"; Tasks: desktopicon; AppUserModelID: "authws-desktop"

[Registry]
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; \
    Tasks: path; Check: IsMissingInPath(ExpandConstant('{app}'))

[Run]
Filename: "{app}\{#Program}"; Description: "{cm:StartNow}"; Flags: nowait postinstall skipifsilent

[Code]
function PathOfUser: String;
begin
  if not RegQueryStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Result) then
    Result := '';
end;

function IsMissingInPath(Folder: String): Boolean;
begin
  Result := Pos(';' + Uppercase(Folder) + ';', ';' + Uppercase(PathOfUser) + ';') = 0;
end;

procedure RemoveFromPath(Folder: String);
var
  Path: String;
  At: Integer;
begin
  Path := ';' + PathOfUser + ';';
  At := Pos(';' + Uppercase(Folder) + ';', Uppercase(Path));
  if At = 0 then
    exit;
  Delete(Path, At, Length(Folder) + 1);
  { without the two semicolons put around it }
  Path := Copy(Path, 2, Length(Path) - 2);
  RegWriteExpandStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Path);
end;

{ Asked of the program itself: its numbers sort pre-releases, too, which the version that people see does not. }
function InstalledVersion(var Version: Int64): Boolean;
var
  Folder: String;
begin
  Result := RegQueryStringValue(HKEY_CURRENT_USER,
    'Software\Microsoft\Windows\CurrentVersion\Uninstall\{6B0E3C52-5B53-4B6E-9C52-6C0B7B8B1D77}_is1',
    'InstallLocation', Folder) and GetPackedVersion(AddBackslash(Folder) + '{#Program}', Version);
end;

function InitializeSetup: Boolean;
var
  Installed, Ours: Int64;
begin
  Result := True;
  if InstalledVersion(Installed) and StrToVersion('{#Numbers}', Ours) then
    if ComparePackedVersion(Installed, Ours) > 0 then
      Result := SuppressibleMsgBox(FmtMessage(CustomMessage('IsDowngrade'), [VersionToStr(Installed)]),
        mbConfirmation, MB_YESNO or MB_DEFBUTTON2, IDNO) = IDYES;
end;

procedure AskAboutData;
var
  Folder: String;
begin
  Folder := ExpandConstant('{localappdata}\{#DataFolder}');
  if not DirExists(Folder) then
    exit;
  { A silent removal, as an upgrade by a tool does it, keeps everything. }
  if SuppressibleMsgBox(FmtMessage(CustomMessage('KeepData'), [Folder]), mbConfirmation,
    MB_YESNO, IDYES) = IDNO then
    if not DelTree(Folder, True, True, True) then
      SuppressibleMsgBox(FmtMessage(CustomMessage('DataInUse'), [Folder]), mbError, MB_OK, IDOK);
end;

procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
begin
  if CurUninstallStep = usPostUninstall then
  begin
    RemoveFromPath(ExpandConstant('{app}'));
    AskAboutData;
  end;
end;

# Which instances are being decided on this machine, so that what a killed one left can be ended. To be sourced.
#
# A record is a file in a folder that only this user can enter: the script's process and its child, each with the time
# it was started. Process numbers are used again by others; number and start together are not.
running_folder=${TMPDIR:-/tmp}/certprune-vnncomp-$(id -u)

# Makes the folder, or finds it as it must be: no link, this user's own, closed to others.
private_folder() {
  mkdir -m 700 "$running_folder" 2>/dev/null
  [[ -d $running_folder && ! -L $running_folder && -O $running_folder ]] || return 1
  [[ $(stat -c %a "$running_folder" 2>/dev/null) == 700 ]]
}

# Prints when a process of this user was started, in clock ticks since the machine was; fails for all others.
start_of() {
  [[ $1 =~ ^[1-9][0-9]*$ && -O /proc/$1 ]] || return 1
  local line
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The second field is the program's name in brackets, and may hold anything.
  local -a fields
  read -ra fields <<<"${line##*) }"
  [[ ${fields[0]} != Z ]] && echo "${fields[19]}"
}

# Whether a process is the one that was recorded.
still_runs() {
  [[ -n $2 && $(start_of "$1") == "$2" ]]
}

# Records this script and its child $1; prints the record's path. Fails, without harm, where it cannot be kept safely.
record_running() {
  private_folder || return 1
  local mine child record
  mine=$(start_of $$) && child=$(start_of "$1") || return 1
  record=$running_folder/$$-$mine
  # noclobber: the file is created exclusively, never followed.
  (set -o noclobber && echo "$$ $mine $1 $child" >"$record") 2>/dev/null || return 1
  echo "$record"
}

# Ends a process that was recorded: first it may tidy up, then it must go.
end_recorded() {
  still_runs "$1" "$2" && kill -TERM "$1" 2>/dev/null
  for _ in {1..20}; do
    still_runs "$1" "$2" || return 0
    sleep 0.1
  done
  still_runs "$1" "$2" && kill -KILL "$1" 2>/dev/null
}

# Ends children whose script is gone; an instance whose script lives is somebody's, and is left alone.
end_leftovers() {
  private_folder || return 0
  local record script script_start child child_start rest
  for record in "$running_folder"/*; do
    [[ -f $record && ! -L $record && -O $record ]] || continue
    read -r script script_start child child_start rest <"$record" || continue
    still_runs "$script" "$script_start" && continue
    still_runs "$child" "$child_start" && end_recorded "$child" "$child_start"
    rm -f "$record"
  done
}

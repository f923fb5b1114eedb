"""The error codes of MongoDB servers, by their meaning for the caller.

Source: `src/mongo/base/error_codes.yml` of MongoDB's server (the names, the codes and the categories), and the retryable
reads and writes of MongoDB's driver specifications. A category of MongoDB decides for all its codes; a comment names it.
Codes without a category were sorted one by one. `tests/wire/test_errors_by_meaning.py` sends each code to each API.
"""

from __future__ import annotations

from enum import Enum


class Meaning(Enum):
    """The meaning of an error of the database for the caller."""

    TRANSIENT = "transient"
    """The same operation may succeed later."""
    FULL = "full"
    """The disk or the quota is full. Reads go on, and writes succeed when there is room."""
    DUPLICATE = "duplicate"
    """Another document has a key that must be unique."""
    TOO_LARGE = "too large"
    """A document or a batch is larger than the server accepts."""
    UNSTORABLE = "unstorable"
    """The input cannot be stored, and its size is not the reason."""
    UNSUPPORTED = "unsupported"
    """The server, or this edition of it, lacks a feature that the operation needs."""
    UNAUTHORIZED = "unauthorized"
    """The database user lacks a right, or may not log in."""
    REFUSED = "refused"
    """Anything else that lasts: a configuration, stored data, or a mistake in Threadkeep."""


_CODES = {
    Meaning.TRANSIENT: """
        # NetworkError, NetworkTimeoutError, RetriableError
        6 HostUnreachable, 7 HostNotFound, 89 NetworkTimeout, 91 ShutdownInProgress, 134 ReadConcernMajorityNotAvailableYet,
        317 ConnectionPoolExpired, 358 InternalTransactionNotSupported, 384 ConnectionError, 402 ResourceExhausted,
        406 MigrationBlockingOperationCoordinatorCleaningUp, 407 PooledConnectionAcquisitionExceededTimeLimit,
        412 UpdatesStillPending, 9001 SocketException, 50915 BackupCursorOpenConflictWithCheckpoint,
        91331 RetriableRemoteCommandFailure
        # NotPrimaryError
        189 PrimarySteppedDown, 10058 LegacyNotPrimary, 10107 NotWritablePrimary, 13435 NotPrimaryNoSecondaryOk,
        13436 NotPrimaryOrSecondary
        # Interruption, CancellationError, ShutdownError, CloseConnectionError
        24 LockTimeout, 90 CallbackCanceled, 237 CursorKilled, 279 ClientDisconnect, 281 TransactionCoordinatorSteppingDown,
        282 TransactionCoordinatorReachedAbortDecision, 303 SplitHorizonChange, 310 PeriodicJobIsStopped,
        312 OperationIsKilledAndDelisted, 333 ServiceExecutorInShutdown, 355 InterruptedDueToStorageChange,
        372 CloseConnectionForShutdownCommand, 398 StreamTerminated, 453 InterruptedDueToReshardingCriticalSection,
        11600 InterruptedAtShutdown, 11601 Interrupted, 11602 InterruptedDueToReplStateChange, 46841 ClientMarkedKilled,
        10045600 InterruptedDueToFCVChange
        # ExceededTimeLimitError
        50 MaxTimeMSExpired, 202 NetworkInterfaceExceededTimeLimit, 262 ExceededTimeLimit,
        290 TransactionExceededLifetimeLimitSeconds
        # WriteConcernError, if the majority was only late
        64 WriteConcernTimeout, 75 WriteConcernLegacyOK
        # StaleShardVersionError, NeedRetargettingError
        63 OBSOLETE_StaleShardVersion, 150 StaleEpoch, 13388 StaleConfig
        # SnapshotError, VoteAbortError, TwoPhaseDecisionAckError
        225 TransactionTooOld, 239 SnapshotTooOld, 246 SnapshotUnavailable, 250 StaleChunkHistory, 251 NoSuchTransaction,
        272 MigrationConflict, 356 TxnRetryCounterTooOld
        # CursorInvalidatedError
        43 CursorNotFound, 96 OperationFailed, 175 QueryPlanKilled, 314 ObjectIsBusy
        # SystemOverloadedError
        433 AdmissionQueueOverflow, 449 RateLimitExceeded, 450 PooledConnectionAcquisitionRejected,
        462 IngressRequestRateLimitExceeded
        # InternalOnly: members of a cluster send them to each other, and repeat what they were doing
        287 TransactionCoordinatorDeadlineTaskCanceled, 289 WaitForMajorityServiceEarlierOpTimeAvailable,
        306 ReadThroughCacheLookupCanceled, 311 TransactionCoordinatorCanceled, 315 TooStaleToSyncFromSource,
        316 QueryTrialRunCompleted, 336 TimeseriesBucketCleared, 337 AuthenticationAbandoned,
        360 PlacementVersionRefreshCanceled, 374 TransactionAPIMustRetryTransaction, 375 TransactionAPIMustRetryCommit,
        379 DatabaseMetadataRefreshCanceled, 381 ReshardingCoordinatorServiceConflictingOperationInProgress,
        382 RemoteCommandExecutionError, 410 TimeseriesBucketFrozen, 445 DatabaseMetadataRefreshCanceledDueToFCVTransition,
        446 ClusterUMCErrorWithWriteConcernError, 447 ObjectAlreadyExists
        # Locks and conflicts
        46 LockBusy, 107 LockFailed, 109 ConfigurationInProgress, 112 WriteConflict, 117 ConflictingOperationInProgress,
        143 CursorInUse, 200 ChunkRangeCleanupPending, 215 DatabaseDropPending, 221 IndexModified,
        267 PreparedTransactionInProgress, 276 IndexBuildAborted, 285 IndexBuildAlreadyInProgress,
        319 MovePrimaryInProgress, 338 ReshardCollectionInProgress, 341 ReshardCollectionAborted,
        342 ReshardingCriticalSectionTimeout, 343 ShardCannotRefreshDueToLocksHeld, 363 RetryableTransactionInProgress,
        365 TemporarilyUnavailable, 366 WouldChangeOwningShardDeletedNoDocument, 371 UserWritesBlocked,
        385 ConflictingServerlessOperation, 413 TransactionParticipantFailedUnyield, 414 AddOrRemoveShardInProgress,
        12586 BackgroundOperationInProgressForDatabase, 12587 BackgroundOperationInProgressForNamespace
        # Members that start, elect, synchronise or cannot be reached
        36 RemoteChangeDetected, 74 NodeNotFound, 77 OperationIncomplete, 83 RemoteResultsUnavailable,
        92 SecondaryAheadOfPrimary, 94 NotYetInitialized, 95 NotSecondary, 113 InitialSyncFailure,
        133 FailedToSatisfyReadPreference, 135 StaleTerm, 138 RemoteOplogStale, 145 PooledConnectionsDropped,
        149 NoConfigPrimary, 164 InitialSyncActive, 172 TransportSessionClosed, 173 TransportSessionNotFound,
        174 TransportSessionUnknown, 187 LinearizableReadConcernError, 190 MasterSlaveConnectionFailure,
        194 BalancerInterrupted, 199 ReplicaSetMonitorRemoved, 203 ShardingStateNotInitialized, 204 TimeProofMismatch,
        205 ClusterTimeFailsRateLimiter, 206 NoSuchSession, 208 TooManyLocks, 209 StaleClusterTime,
        210 CannotVerifyAndSignLogicalTime, 211 KeyNotFound, 216 ElectionInProgress, 217 IncompleteTransactionHistory,
        228 SessionTransferIncomplete, 230 DNSHostNotFound, 231 DNSProtocolError, 234 RetryChangeStream,
        244 NOT_YET_AVAILABLE_TransactionAborted, 245 BrokenPromise, 249 StaleDbVersion, 259 KeyedExecutorRetry,
        261 TooManyLogicalSessions, 264 TooManyFilesOpen, 308 CurrentConfigNotCommittedYet, 391 ReauthenticationRequired,
        442 RetryMultiPlanning, 56846 ConfigServerUnreachable, 4938500 IndexNotFoundCachedPlan
        # Atlas: anything that its proxy refuses, mostly for a while
        8000 AtlasError
        """,
    Meaning.FULL: "14031 OutOfDiskSpace",
    Meaning.DUPLICATE: "11000 DuplicateKey, 11001 DuplicateKeyUpdate, 12582 DuplicateKeyCapped",
    Meaning.TOO_LARGE: """
        10334 BSONObjectTooLarge, 17419 UpdateResultTooLarge, 17420 UpdateResultTooLargeForClients, 257 TransactionTooLarge,
        388 TransactionTooLargeForCache
        """,
    Meaning.UNSTORABLE: """
        # ValidationError
        15 Overflow, 22 InvalidBSON, 378 NonConformantBSON
        52 DollarPrefixedFieldName, 53 InvalidIdField, 55 InvalidDBRef, 56 EmptyFieldName, 57 DottedFieldName,
        121 DocumentValidationFailure, 171 CannotIndexParallelArrays, 357 InvalidBSONType, 17280 OBSOLETE_KeyTooLong
        """,
    Meaning.UNSUPPORTED: """
        59 CommandNotFound, 115 CommandNotSupported, 166 CommandNotSupportedOnView, 167 OptionNotSupportedOnView,
        168 InvalidPipelineOperator, 224 QueryFeatureNotAllowed, 235 InternalErrorNotSupported, 238 NotImplemented,
        263 OperationNotSupportedInTransaction, 352 UnsupportedOpQueryCommand, 376 ChangeStreamNotEnabled,
        15952 UnknownGroupOperator, 31082 SearchNotEnabled, 31325 UnknownExpressionInProject, 40324 UnknownStage,
        50768 NotARetryableWriteCommand, 57986 RetryableInternalTransactionNotSupported
        # IDLParseError: an option that this server does not know
        40413 IDLDuplicateField, 40414 IDLFailedToParse, 40415 IDLUnknownField, 4662500 IDLUnknownFieldPossibleMongocryptd
        # VersionedAPIError
        322 APIVersionError, 323 APIStrictError, 324 APIDeprecationError, 347 APIMismatchError
        """,
    Meaning.UNAUTHORIZED: """
        11 UserNotFound, 13 Unauthorized, 18 AuthenticationFailed, 31 RoleNotFound, 33 PrivilegeNotFound,
        214 AuthenticationRestrictionUnmet, 334 MechanismUnavailable, 392 InvalidJWT, 404 LDAPRoleAcquisitionError
        """,
    Meaning.REFUSED: """
        # WriteConcernError, if the set has no such members
        79 UnknownReplWriteConcern, 100 UnsatisfiableWriteConcern
        # ConnectionFatalMessageParseError, NonResumableChangeStreamError, PlannerEstimationError, VoteAbortError
        148 ReadConcernMajorityNotEnabled, 223 IllegalOpMsgFlag, 233 TooManyDocumentSequences, 280 ChangeStreamFatalError,
        286 ChangeStreamHistoryLost, 288 ChecksumMismatch, 9737301 UnsupportedCbrNode, 9751901 HistogramCEFailure,
        9751902 SamplingCEFailure, 9751903 CEFailure
        # Commands, values, names and options
        1 InternalError, 2 BadValue, 3 OBSOLETE_DuplicateKey, 4 NoSuchKey, 5 GraphContainsCycle, 8 UnknownError,
        9 FailedToParse, 10 CannotMutateObject, 12 UnsupportedFormat, 14 TypeMismatch, 16 InvalidLength, 17 ProtocolError,
        19 CannotReuseObject, 20 IllegalOperation, 21 EmptyArrayOperation, 23 AlreadyInitialized, 25 RemoteValidationError,
        26 NamespaceNotFound, 27 IndexNotFound, 28 PathNotViable, 29 NonExistentPath, 30 InvalidPath, 32 RolesNotRelated,
        34 CannotBackfillArray, 35 UserModificationFailed, 37 FileRenameFailed, 38 FileNotOpen, 39 FileStreamFailed,
        40 ConflictingUpdateOperators, 41 FileAlreadyOpen, 42 LogWriteFailed, 45 UserDataInconsistent,
        47 NoMatchingDocument, 48 NamespaceExists, 49 InvalidRoleModification, 51 ManualInterventionRequired,
        54 NotSingleValueField, 58 RoleModificationFailed, 60 OBSOLETE_DatabaseNotFound, 61 ShardKeyNotFound,
        62 OplogOperationUnsupported, 65 MultipleErrorsOccurred, 66 ImmutableField, 67 CannotCreateIndex,
        68 IndexAlreadyExists, 69 AuthSchemaIncompatible, 70 ShardNotFound, 71 ReplicaSetNotFound, 72 InvalidOptions,
        73 InvalidNamespace, 76 NoReplicationEnabled, 78 CommandResultSchemaViolation, 80 RoleDataInconsistent,
        81 NoMatchParseContext, 82 NoProgressMade, 84 OBSOLETE_DuplicateKeyValue, 85 IndexOptionsConflict,
        86 IndexKeySpecsConflict, 87 CannotSplit, 88 OBSOLETE_SplitFailed, 93 InvalidReplicaSetConfig,
        97 NoProjectionFound, 98 DBPathInUse, 101 OutdatedClient, 102 IncompatibleAuditMetadata,
        103 NewReplicaSetConfigurationIncompatible, 104 NodeNotElectable, 105 IncompatibleShardingMetadata,
        106 DistributedClockSkewed, 108 InconsistentReplicaSetNames, 110 CannotInitializeNodeWithData,
        111 NotExactValueField, 114 InitialSyncOplogSourceMissing, 116 DocTooLargeForCapped, 118 NamespaceNotSharded,
        119 InvalidSyncSource, 120 OplogStartMissing, 122 OBSOLETE_ReadAfterOptimeTimeout, 123 NotAReplicaSet,
        124 IncompatibleElectionProtocol, 125 CommandFailed, 126 RPCProtocolNegotiationFailed,
        127 UnrecoverableRollbackError, 128 LockNotFound, 129 LockStateChangeFailed, 130 SymbolNotFound,
        132 OBSOLETE_ConfigServersInconsistent, 136 CappedPositionLost, 137 IncompatibleShardingConfigVersion,
        139 JSInterpreterFailure, 140 InvalidSSLConfiguration, 141 SSLHandshakeFailed, 142 JSUncatchableError,
        144 IncompatibleCatalogManager, 146 ExceededMemoryLimit, 147 ZLibError, 151 OperationCannotBeBatched,
        152 OplogOutOfOrder, 153 ChunkTooBig, 154 InconsistentShardIdentity, 155 CannotApplyOplogWhilePrimary,
        156 OBSOLETE_NeedsDocumentMove, 157 CanRepairToDowngrade, 158 MustUpgrade, 159 DurationOverflow,
        160 MaxStalenessOutOfRange, 161 IncompatibleCollationVersion, 162 CollectionIsEmpty, 163 ZoneStillInUse,
        165 ViewDepthLimitExceeded, 169 CommandOnShardedViewNotSupportedOnMongod, 170 TooManyMatchingDocuments,
        176 FileOpenFailed, 177 ZoneNotFound, 178 RangeOverlapConflict, 179 WindowsPdhError, 180 BadPerfCounterPath,
        181 AmbiguousIndexKeyPattern, 182 InvalidViewDefinition, 183 ClientMetadataMissingField,
        184 ClientMetadataAppNameTooLarge, 185 ClientMetadataDocumentTooLarge, 186 ClientMetadataCannotBeMutated,
        188 IncompatibleServerVersion, 191 OBSOLETE_BalancerLostDistributedLock, 192 FailPointEnabled,
        193 OBSOLETE_NoShardingEnabled, 195 ViewPipelineMaxSizeExceeded, 197 InvalidIndexSpecificationOption,
        198 OBSOLETE_ReceivedOpReplyMessage, 201 CannotBuildIndexKeys, 207 InvalidUUID,
        212 IncompatibleRollbackAlgorithm, 213 DuplicateSession, 218 UpdateOperationFailed, 219 FTDCPathNotSet,
        220 FTDCPathAlreadySet, 222 CloseChangeStream, 226 AtomicityFailure, 227 CannotImplicitlyCreateCollection,
        229 MustDowngrade, 232 MaxSubPipelineDepthExceeded, 236 ForTestingErrorExtraInfo, 240 DNSRecordTypeMismatch,
        241 ConversionFailure, 242 CannotCreateCollection, 243 IncompatibleWithUpgradedServer,
        247 ProducerConsumerQueueBatchTooLarge, 248 ProducerConsumerQueueEndClosed, 252 ReentrancyNotAllowed,
        256 TransactionCommitted, 258 UnknownFeatureCompatibilityVersion, 260 InvalidResumeToken,
        265 OrphanedRangeCleanUpFailed, 266 FailPointSetFailed, 268 CannotBackup, 269 DataModifiedByRepair,
        270 RepairedReplicaSetNode, 271 JSInterpreterFailureWithStack, 273 ProducerConsumerQueueProducerQueueDepthExceeded,
        274 ProducerConsumerQueueConsumed, 275 ExchangePassthrough, 277 AlarmAlreadyFulfilled,
        278 UnsatisfiableCommitQuorum, 283 WouldChangeOwningShard, 284 ForTestingErrorExtraInfoWithExtraInfoInNamespace,
        291 NoQueryExecutionPlans, 292 QueryExceededMemoryLimitNoDiskUseAllowed, 293 InvalidSeedList,
        294 InvalidTopologyType, 295 InvalidHeartBeatFrequency, 296 TopologySetNameRequired,
        297 HierarchicalAcquisitionLevelViolation, 298 InvalidServerType, 299 OCSPCertificateStatusRevoked,
        300 RangeDeletionAbandonedBecauseCollectionWithUUIDDoesNotExist, 301 DataCorruptionDetected,
        302 OCSPCertificateStatusUnknown, 307 RangeDeletionAbandonedBecauseTaskDocumentDoesNotExist,
        309 ExhaustCommandFinished, 313 ResumableRangeDeleterDisabled, 318 ForTestingOptionalErrorExtraInfo,
        326 OplogQueryMinTsMissing, 330 SkipCommandExecution, 331 FailedToRunWithReplyBuilder, 332 CannotDowngrade,
        339 NoSuchReshardCollection, 340 ReshardCollectionCommitted, 344 AuditingNotEnabled,
        345 RuntimeAuditConfigurationNotEnabled, 346 ChangeStreamInvalidated, 348 ChangeStreamTopologyChange,
        349 KeyPatternShorterThanBound, 350 ReshardCollectionTruncatedError, 351 ChangeStreamStartAfterInvalidate,
        354 LoadBalancerSupportMismatch, 359 CannotConvertIndexToUnique, 361 CollectionUUIDMismatch,
        362 FutureAlreadyRetrieved, 367 FLECompactionPlaceholder, 369 FLETransactionAbort, 370 CannotDropShardKeyIndex,
        373 InternalTransactionsExhaustiveFindHasMore, 377 FLEMaxTagLimitExceeded, 380 RequestAlreadyFulfilled,
        383 CollectionIsEmptyLocally, 386 DuplicateKeyId, 387 EncounteredFLEPayloadWhileApplyingHmac,
        389 LibmongocryptError, 390 InvalidSignature, 393 InvalidTenantId, 395 TruncatedSerialization,
        396 IndexInformationTooLarge, 400 CannotUpgrade, 401 ResumeTenantChangeStream,
        403 UnsupportedShardingEventNotification, 405 CannotCreateChunkDistribution,
        408 CannotInsertTimeseriesBucketsWithMixedSchema, 409 TimeseriesBucketCompressionFailed,
        411 QueryRejectedBySettings, 426 IndexIsEmpty, 427 DbCheckSecondaryBatchTimeout,
        428 DbCheckAttemptOnClusteredCollectionIdIndex, 429 DbCheckInconsistentHash, 430 IndexKeyOrderViolation,
        431 ChunkMetadataInconsistency, 432 OfflineValidationFailedToComplete, 434 NoDistinctScansForDistinctEligibleQuery,
        435 QueryStatsFailedToRecord, 452 ReleaseMemoryShardError, 9996 OBSOLETE_RecvStaleConfig,
        10003 CannotGrowDocumentInCappedNamespace, 13104 OBSOLETE_PrepareConfigsFailed, 13113 MergeStageNoMatchingDocument,
        13297 DatabaseDifferCase, 28769 NamespaceCannotBeSharded, 640570 IllegalChangeToExpectedShardVersion,
        640571 IllegalChangeToExpectedDatabaseVersion, 1003141 RemoveShardDrainingInProgress,
        10171600 ReadThroughCacheTimeMonotonicityViolation
        # StreamProcessorUserError, StreamProcessorRetryableError, and the replay client
        415 StreamProcessorDoesNotExist, 416 StreamProcessorAlreadyExists, 417 StreamProcessorWorkerShuttingDown,
        418 StreamProcessorWorkerOutOfMemory, 419 StreamProcessorKafkaConnectionError, 420 StreamProcessorInvalidOptions,
        421 StreamProcessorAtlasConnectionError, 422 StreamProcessorAtlasUnauthorizedError,
        423 StreamProcessorSourceDocTooLarge, 424 StreamProcessorTooManyOutputTargets,
        425 StreamProcessorCannotResumeFromSource, 436 StreamProcessorHTTPSConnectionError,
        440 StreamProcessorExternalFunctionConnectionError, 443 StreamProcessorS3ConnectionError, 444 StreamProcessorS3Error,
        448 StreamProcessorInvalidNamespace, 451 StreamProcessorS3TokenExpired, 454 ReplayClientConfigurationError,
        455 ReplayClientNotConnected, 456 ReplayClientFailedToProcessBSON, 457 ReplayClientInternalError,
        458 ReplayClientSessionSchedulerError, 459 ReplayClientSessionSimulationError,
        460 StreamProcessorKinesisConnectionError, 461 StreamProcessorKinesisError
        """,
}


def _rows(text: str) -> list[tuple[int, str]]:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    entries = (entry.split() for line in lines for entry in line.split(",") if entry.strip())
    return [(int(code), name) for code, name in entries]


_ALL = [(meaning, code, name) for meaning, text in _CODES.items() for code, name in _rows(text)]
MEANINGS: dict[int, Meaning] = {code: meaning for meaning, code, _ in _ALL}
"""The meaning of each known code."""
NAMES: dict[int, str] = {code: name for _, code, name in _ALL}
"""The name of each known code."""
